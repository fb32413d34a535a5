targetScope = 'subscription'

metadata description = 'Muse on Azure: one function app with its storage, database, secrets, network and monitoring.'

@description('Name of the azd environment. It names the resource group, tags every resource and goes into the names that have to be unique.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of every resource. It has to offer Flex Consumption and Azure Cosmos DB for MongoDB (vCore).')
@minLength(1)
param location string

@description('What the environment is for. It changes defaults of nothing here; it is a tag, so that costs can be told apart.')
@allowed(['dev', 'test', 'prod'])
param stage string = 'dev'

@description('True puts the app into a virtual network and reaches storage, database and vault by private endpoints alone.')
param networkIsolation bool = false

@description('IPv4 addresses of operators, one address an entry. They reach the database and, under network isolation, the vault and the storage.')
param operatorAddresses array = []

@description('Object id of who deploys: may write secrets and read logs. Empty for nobody. azd fills it in.')
param operatorPrincipalId string = ''

@description('Kind of the principal that deploys.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string = 'User'

@description('Client addresses (CIDR) that reach the app at all; the platform turns others away, webhooks and probes too. Empty lets everybody reach it.')
param allowedClientAddresses array = []

@description('Addresses and networks (CIDR, IPv4 and IPv6, separated by commas) that the app answers; others get 403, except for the health probe and signed webhooks. Empty for everybody.')
param ipAllowList string = ''

@description('Password of the database administrator. azd makes a random one and afterwards reads it from the vault.')
@secure()
@minLength(12)
param databaseAdministratorPassword string

@description('Size of the database nodes. Free is one a subscription, for trying out.')
@allowed(['Free', 'M10', 'M20', 'M25', 'M30', 'M40', 'M50', 'M60', 'M80', 'M200'])
param databaseTier string = 'M10'

@description('Disk of a database node in GiB.')
@allowed([32, 64, 128, 256, 512, 1024, 2048, 4095, 8192, 16384])
param databaseStorageGb int = 32

@description('Physical shards of the database. More than one needs M30 or larger.')
@minValue(1)
@maxValue(10)
param databaseShardCount int = 1

@description('Standby node of the database. It needs M30 or larger and doubles the price of the nodes.')
@allowed(['Disabled', 'SameZone', 'ZoneRedundantPreferred'])
param databaseHighAvailability string = 'Disabled'

@description('True keeps a log of each database request (with the text of the command, thus with user data) and adds the alert on its 95th percentile.')
param databaseRequestLogs bool = false

@description('Redundancy of the storage account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param storageSku string = 'Standard_LRS'

@description('Memory of one instance of the app in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances that the app may have at once. Instances times MONGODB pool size is bounded by the database.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances kept warm for HTTP. 0 costs nothing when idle and pays with cold starts.')
@minValue(0)
@maxValue(100)
param alwaysReadyHttpInstances int = 0

@description('Requests that one instance works on at once.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 50

@description('Address that clients see, as https://muse.example. Empty for the address of the function app.')
param publicBaseUrl string = ''

@description('Origins of browsers that may call the API, separated by commas. Empty keeps CORS closed.')
param allowedOrigins string = ''

@description('Chat models beside the built-in ones, as "provider:model", separated by commas; the first is the default.')
param chatModels string = ''

@description('Image models beside the built-in ones, as "provider:model", separated by commas; the first is the default.')
param imageModels string = ''

@description('Address of an OpenAI-compatible service. Empty for OpenAI itself, if the vault has OPENAI-API-KEY.')
param openAiBaseUrl string = ''

@description('Address of a Stable Diffusion WebUI that the app can reach. Empty for none.')
param stableDiffusionWebuiUrl string = ''

@description('Endpoint of an Azure Communication Services resource that the identity may send mail with; empty for no mail.')
param mailEndpoint string = ''

@description('Sender of mail, of a domain that the mail service verified.')
param mailFrom string = ''

@description('Addresses, separated by commas, whose verified owners are administrators.')
param adminEmails string = ''

@description('OAuth client of Google; empty for no sign-in with it.')
param googleClientId string = ''

@description('OAuth client of GitHub; empty for no sign-in with it.')
param githubClientId string = ''

@description('OAuth client of Microsoft; empty for no sign-in with it.')
param microsoftClientId string = ''

@description('Tenant whose accounts may sign in with Microsoft; common for all.')
param microsoftTenant string = 'common'

@description('Range service of breached passwords, as https://api.pwnedpasswords.com/range/; empty for none.')
param pwnedPasswordsUrl string = ''

@description('Endpoint of an Azure OpenAI resource. Its key is the secret AZURE-OPENAI-API-KEY of the vault.')
param azureOpenAiEndpoint string = ''

@description('Prices at Stripe, by plan and interval and by pack, as price_…; an empty one is not for sale.')
param stripePrices object = {
  basicMonthly: ''
  basicYearly: ''
  proMonthly: ''
  proYearly: ''
  enterpriseMonthly: ''
  enterpriseYearly: ''
  packSmall: ''
  packMedium: ''
  packLarge: ''
}

@description('Level of the app\'s log.')
@allowed(['debug', 'info', 'warn', 'error'])
param logLevel string = 'info'

@description('Share of traces that is kept, 0 to 1. Traces with an error are kept beside it, and metrics are never sampled.')
param traceSampleRatio string = '1'

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most gigabytes of logs a day, so that a loop cannot make a bill. -1 for no limit.')
param logDailyQuotaGb int = 1

@description('Where alerts go. Empty for no alerts and no budget.')
param alertEmail string = ''

@description('Money a month, in the currency of the subscription, at which the budget alert speaks.')
@minValue(1)
param monthlyBudget int = 100

@description('First day of the budget. The default is the first of the current month.')
param budgetStartDate string = '${utcNow('yyyy-MM')}-01'

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
  'muse-stage': stage
}
var functionAppName = 'func-muse-${token}'
var deploymentContainerName = 'app-package'
var blobContainerName = 'muse'
var databaseName = 'muse'
var hasAlerts = !empty(alertEmail)
var logAlertList = loadJsonContent('alerts/log-alerts.json')
var requestLogAlertList = loadJsonContent('alerts/request-log-alerts.json')

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-muse-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-muse-${token}'
    componentName: 'appi-muse-${token}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
  }
}

module network 'modules/network.bicep' = if (networkIsolation) {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-muse-${token}'
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'stmuse${token}'
    location: location
    tags: tags
    sku: storageSku
    blobContainerName: blobContainerName
    deploymentContainerName: deploymentContainerName
    isPrivate: networkIsolation
    operatorAddresses: operatorAddresses
    workspaceId: monitoring.outputs.workspaceId
  }
}

module vault 'modules/key-vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    isPrivate: networkIsolation
    operatorAddresses: operatorAddresses
    workspaceId: monitoring.outputs.workspaceId
  }
}

module database 'modules/database.bicep' = {
  name: 'database'
  scope: group
  params: {
    name: 'mongo-muse-${token}'
    location: location
    tags: tags
    administratorPassword: databaseAdministratorPassword
    tier: databaseTier
    storageGb: databaseStorageGb
    shardCount: databaseShardCount
    highAvailability: databaseHighAvailability
    isPrivate: networkIsolation
    operatorAddresses: operatorAddresses
    keyVaultName: vault.outputs.name
    workspaceId: monitoring.outputs.workspaceId
    hasRequestLogs: databaseRequestLogs
  }
}

module blobEndpoint 'modules/private-endpoint.bicep' = if (networkIsolation) {
  name: 'blob-endpoint'
  scope: group
  params: {
    name: 'pep-blob-${token}'
    location: location
    tags: tags
    resourceId: storage.outputs.id
    groupId: 'blob'
    zoneName: 'privatelink.blob.${environment().suffixes.storage}'
    subnetId: networkIsolation ? network.outputs.endpointSubnetId : ''
    virtualNetworkId: networkIsolation ? network.outputs.id : ''
  }
}

module queueEndpoint 'modules/private-endpoint.bicep' = if (networkIsolation) {
  name: 'queue-endpoint'
  scope: group
  params: {
    name: 'pep-queue-${token}'
    location: location
    tags: tags
    resourceId: storage.outputs.id
    groupId: 'queue'
    zoneName: 'privatelink.queue.${environment().suffixes.storage}'
    subnetId: networkIsolation ? network.outputs.endpointSubnetId : ''
    virtualNetworkId: networkIsolation ? network.outputs.id : ''
  }
}

module vaultEndpoint 'modules/private-endpoint.bicep' = if (networkIsolation) {
  name: 'vault-endpoint'
  scope: group
  params: {
    name: 'pep-vault-${token}'
    location: location
    tags: tags
    resourceId: vault.outputs.id
    groupId: 'vault'
    zoneName: 'privatelink.vaultcore.azure.net'
    subnetId: networkIsolation ? network.outputs.endpointSubnetId : ''
    virtualNetworkId: networkIsolation ? network.outputs.id : ''
  }
}

module databaseEndpoint 'modules/private-endpoint.bicep' = if (networkIsolation) {
  name: 'database-endpoint'
  scope: group
  params: {
    name: 'pep-database-${token}'
    location: location
    tags: tags
    resourceId: database.outputs.id
    groupId: 'MongoCluster'
    zoneName: 'privatelink.mongocluster.cosmos.azure.com'
    subnetId: networkIsolation ? network.outputs.endpointSubnetId : ''
    virtualNetworkId: networkIsolation ? network.outputs.id : ''
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: group
  params: {
    storageAccountName: storage.outputs.name
    keyVaultName: vault.outputs.name
    componentName: monitoring.outputs.componentName
    workspaceName: monitoring.outputs.workspaceName
    appPrincipalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
  }
}

module plan 'modules/plan.bicep' = {
  name: 'plan'
  scope: group
  params: {
    name: 'plan-muse-${token}'
    location: location
    tags: tags
  }
}

module app 'modules/function-app.bicep' = {
  name: 'app'
  scope: group
  params: {
    name: functionAppName
    location: location
    tags: tags
    planId: plan.outputs.id
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storage.outputs.name
    blobEndpoint: storage.outputs.blobEndpoint
    deploymentContainerName: deploymentContainerName
    blobContainerName: blobContainerName
    keyVaultUri: vault.outputs.uri
    databaseUriSecretName: database.outputs.uriSecretName
    databaseName: databaseName
    componentName: monitoring.outputs.componentName
    workspaceId: monitoring.outputs.workspaceId
    subnetId: networkIsolation ? network.outputs.appSubnetId : ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttpInstances: alwaysReadyHttpInstances
    httpConcurrency: httpConcurrency
    allowedClientAddresses: allowedClientAddresses
    ipAllowList: ipAllowList
    publicBaseUrl: publicBaseUrl
    allowedOrigins: allowedOrigins
    chatModels: chatModels
    imageModels: imageModels
    openAiBaseUrl: openAiBaseUrl
    stableDiffusionWebuiUrl: stableDiffusionWebuiUrl
    mailEndpoint: mailEndpoint
    mailFrom: mailFrom
    adminEmails: adminEmails
    googleClientId: googleClientId
    githubClientId: githubClientId
    microsoftClientId: microsoftClientId
    microsoftTenant: microsoftTenant
    pwnedPasswordsUrl: pwnedPasswordsUrl
    azureOpenAiEndpoint: azureOpenAiEndpoint
    stripePrices: stripePrices
    logLevel: logLevel
    traceSampleRatio: traceSampleRatio
  }
  // The app reads its storage and its secrets when it starts: the roles and the private addresses come first.
  dependsOn: [
    roles
    blobEndpoint
    queueEndpoint
    vaultEndpoint
    databaseEndpoint
  ]
}

module actionGroup 'modules/action-group.bicep' = if (hasAlerts) {
  name: 'action-group'
  scope: group
  params: {
    name: 'ag-muse-${token}'
    tags: tags
    email: alertEmail
  }
}

module metricAlerts 'modules/metric-alerts.bicep' = if (hasAlerts) {
  name: 'metric-alerts'
  scope: group
  params: {
    namePrefix: 'muse-${environmentName}'
    tags: tags
    actionGroupId: hasAlerts ? actionGroup.outputs.id : ''
    databaseId: database.outputs.id
    storageAccountId: storage.outputs.id
    keyVaultId: vault.outputs.id
  }
}

module logAlerts 'modules/log-alerts.bicep' = if (hasAlerts) {
  name: 'log-alerts'
  scope: group
  params: {
    namePrefix: 'muse-${environmentName}'
    location: location
    tags: tags
    actionGroupId: hasAlerts ? actionGroup.outputs.id : ''
    workspaceId: monitoring.outputs.workspaceId
    alerts: databaseRequestLogs ? concat(logAlertList, requestLogAlertList) : logAlertList
  }
}

module budget 'modules/budget.bicep' = if (hasAlerts) {
  name: 'budget'
  scope: group
  params: {
    name: 'budget-${environmentName}'
    amount: monthlyBudget
    startDate: budgetStartDate
    email: alertEmail
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    displayName: 'Muse ${environmentName}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    databaseId: database.outputs.id
    storageAccountId: storage.outputs.id
  }
}

@description('Where the app answers. azd and the hooks read it.')
output MUSE_URL string = app.outputs.url

@description('Name of the function app.')
output AZURE_FUNCTION_NAME string = app.outputs.name

@description('Name of the vault. azd looks there for the database password.')
output AZURE_KEY_VAULT_NAME string = vault.outputs.name

@description('Address of the vault; the hooks write and read secrets there.')
output AZURE_KEY_VAULT_ENDPOINT string = vault.outputs.uri

@description('Name of the database that migrations are for.')
output MONGODB_DATABASE string = databaseName

@description('Resource group of everything here.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Region of everything here.')
output AZURE_LOCATION string = location
