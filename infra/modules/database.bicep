metadata description = 'Azure Cosmos DB for MongoDB (vCore), and its connection string as a secret of the vault.'

@description('Name of the cluster.')
@minLength(3)
@maxLength(40)
param name string

@description('Region of the cluster.')
param location string

@description('Tags of the cluster.')
param tags object

@description('Password of the administrator.')
@secure()
param administratorPassword string

@description('Size of a node.')
param tier string

@description('Disk of a node in GiB.')
param storageGb int

@description('Physical shards.')
param shardCount int

@description('Standby node.')
param highAvailability string

@description('True closes the cluster to everything but its private endpoint and the operators.')
param isPrivate bool

@description('IPv4 addresses of operators, for migrations and repairs.')
param operatorAddresses array

@description('Vault that gets the connection string and the password.')
param keyVaultName string

@description('Workspace of the diagnostic logs.')
param workspaceId string

@description('True keeps a log of each request.')
param hasRequestLogs bool

var administratorName = 'museadministrator'

resource cluster 'Microsoft.DocumentDB/mongoClusters@2026-06-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    createMode: 'Default'
    administrator: {
      userName: administratorName
      password: administratorPassword
    }
    serverVersion: '8.0'
    compute: {
      tier: tier
    }
    storage: {
      sizeGb: storageGb
    }
    sharding: {
      shardCount: shardCount
    }
    highAvailability: {
      targetMode: highAvailability
    }
    authConfig: {
      allowedModes: ['NativeAuth']
    }
    publicNetworkAccess: isPrivate && empty(operatorAddresses) ? 'Disabled' : 'Enabled'
  }
}

// An app without a virtual network has no addresses of its own: 0.0.0.0 is the platform's sign for "addresses of Azure".
// The password still stands in the way of everybody else there; network isolation takes this rule away.
resource azureOnly 'Microsoft.DocumentDB/mongoClusters/firewallRules@2026-06-01' = if (!isPrivate) {
  parent: cluster
  name: 'addresses-of-azure'
  properties: {
    startIpAddress: '0.0.0.0'
    endIpAddress: '0.0.0.0'
  }
}

resource operators 'Microsoft.DocumentDB/mongoClusters/firewallRules@2026-06-01' = [for (address, index) in operatorAddresses: {
  parent: cluster
  name: 'operator-${index}'
  properties: {
    startIpAddress: address
    endIpAddress: address
  }
}]

// The platform gives the string with placeholders. Its options are written here, so that they are known: the driver must
// not repeat writes by itself, and gives up idle connections before the platform does.
var uriWithUser = replace(split(cluster.properties.connectionString, '/?')[0], '<user>', administratorName)
var uriWithPassword = replace(uriWithUser, '<password>', uriComponent(administratorPassword))
var uriOptions = 'tls=true&authMechanism=SCRAM-SHA-256&retrywrites=false&maxIdleTimeMS=120000'

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: keyVaultName
}

resource uriSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = {
  parent: vault
  name: 'MONGODB-URI'
  properties: {
    contentType: 'MongoDB connection string; made by the template, changed by a deployment with another password'
    value: '${uriWithPassword}/?${uriOptions}'
  }
}

resource passwordSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = {
  parent: vault
  name: 'DATABASE-ADMINISTRATOR-PASSWORD'
  properties: {
    contentType: 'Password of the database administrator; azd reads it at the next deployment'
    value: administratorPassword
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: cluster
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'vCoreMongoRequests'
        enabled: hasRequestLogs
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the cluster.')
output id string = cluster.id

@description('Name of the secret that holds the connection string (not the string).')
output uriSecretName string = uriSecret.name
