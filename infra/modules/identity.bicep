metadata description = 'The identity that the app uses for everything: storage, vault, telemetry.'

@description('Name of the identity.')
param name string

@description('Region of the identity.')
param location string

@description('Tags of the identity.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id; the function app is assigned it.')
output id string = identity.id

@description('Object id; role assignments name it.')
output principalId string = identity.properties.principalId

@description('Client id; the SDKs and the host choose the identity by it.')
output clientId string = identity.properties.clientId
