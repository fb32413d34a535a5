metadata description = 'The Flex Consumption plan: pays for what runs, nothing for what does not.'

@description('Name of the plan.')
param name string

@description('Region of the plan.')
param location string

@description('Tags of the plan.')
param tags object

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    // Linux, in the words of the platform.
    reserved: true
  }
}

@description('Resource id of the plan.')
output id string = plan.id
