metadata description = 'The function app on Flex Consumption, with every setting that it reads.'

@description('Name of the app.')
param name string

@description('Region of the app.')
param location string

@description('Tags of the app.')
param tags object

@description('Plan that it runs on.')
param planId string

@description('Resource id of its identity.')
param identityId string

@description('Client id of its identity.')
param identityClientId string

@description('Its storage account.')
param storageAccountName string

@description('Address of the blob service, with a slash at its end.')
param blobEndpoint string

@description('Container of the package.')
param deploymentContainerName string

@description('Container of pictures and uploads.')
param blobContainerName string

@description('Address of the vault, with a slash at its end.')
param keyVaultUri string

@description('Secret with the connection string of the database.')
param databaseUriSecretName string

@description('Database in the cluster.')
param databaseName string

@description('Application Insights component.')
param componentName string

@description('Workspace of the diagnostic settings.')
param workspaceId string

@description('Subnet to reach the private endpoints from; empty for none.')
param subnetId string

@description('Memory of an instance in MB.')
param instanceMemoryMB int

@description('Most instances.')
param maximumInstanceCount int

@description('Warm instances for HTTP.')
param alwaysReadyHttpInstances int

@description('Requests at once an instance.')
param httpConcurrency int

@description('Client addresses (CIDR) that may call; empty for all.')
param allowedClientAddresses array

@description('Client addresses and networks that the app itself lets in; empty for all.')
param ipAllowList string

@description('Address that clients see; empty for the app\'s own.')
param publicBaseUrl string

@description('Origins of browsers.')
param allowedOrigins string

@description('Chat models.')
param chatModels string

@description('Image models.')
param imageModels string

@description('OpenAI-compatible service.')
param openAiBaseUrl string

@description('Stable Diffusion WebUI.')
param stableDiffusionWebuiUrl string

@description('Azure OpenAI endpoint.')
param azureOpenAiEndpoint string

@description('Endpoint of an Azure Communication Services resource that the identity may send mail with; empty for no mail.')
param mailEndpoint string

@description('Sender of mail, of a domain that the mail service verified.')
param mailFrom string

@description('Addresses, separated by commas, whose verified owners are administrators.')
param adminEmails string

@description('OAuth client of Google; empty for no sign-in with it.')
param googleClientId string

@description('OAuth client of GitHub; empty for no sign-in with it.')
param githubClientId string

@description('OAuth client of Microsoft; empty for no sign-in with it.')
param microsoftClientId string

@description('Tenant whose accounts may sign in with Microsoft; common for all.')
param microsoftTenant string

@description('Range service of breached passwords, as https://api.pwnedpasswords.com/range/; empty for none.')
param pwnedPasswordsUrl string

@description('Prices at Stripe, by plan and interval and by pack; what has none is not for sale. Needs STRIPE-SECRET-KEY and STRIPE-WEBHOOK-SECRET in the vault.')
param stripePrices object

@description('Level of the log.')
param logLevel string

@description('Share of traces that is kept, 0 to 1; traces with an error are always kept.')
param traceSampleRatio string

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: planId
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobEndpoint}${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: '22'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyHttpInstances == 0 ? [] : [
          {
            name: 'http'
            instanceCount: alwaysReadyHttpInstances
          }
        ]
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrency
          }
        }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      remoteDebuggingEnabled: false
      ipSecurityRestrictionsDefaultAction: empty(allowedClientAddresses) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: [for (address, index) in allowedClientAddresses: {
        name: 'client-${index}'
        ipAddress: address
        action: 'Allow'
        priority: 100 + index
      }]
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    // The host. Flex Consumption takes runtime and version from functionAppConfig, not from settings.
    AzureWebJobsStorage__accountName: storageAccountName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AzureWebJobsDisableHomepage: 'true'
    APPLICATIONINSIGHTS_CONNECTION_STRING: component.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    // The exporter's reports on itself to its makers.
    APPLICATION_INSIGHTS_NO_STATSBEAT: 'true'
    OTEL_METRIC_EXPORT_INTERVAL: '60000'
    TRACE_SAMPLE_RATIO: traceSampleRatio
    // DefaultAzureCredential of the SDKs chooses the identity by this.
    AZURE_CLIENT_ID: identityClientId
    // Muse
    NODE_ENV: 'production'
    LOG_LEVEL: logLevel
    KEY_VAULT_URL: keyVaultUri
    MONGODB_URI: '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/${databaseUriSecretName})'
    MONGODB_DATABASE: databaseName
    // Each instance keeps this many connections; many instances share the limit of one database.
    MONGODB_MIN_POOL_SIZE: '2'
    JWT_SECRET: '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/JWT-SECRET)'
    ENCRYPTION_KEYS: '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/ENCRYPTION-KEYS)'
    BLOB_CONTAINER: blobContainerName
    PUBLIC_BASE_URL: empty(publicBaseUrl) ? 'https://${app.properties.defaultHostName}' : publicBaseUrl
    ALLOWED_ORIGINS: allowedOrigins
    IP_ALLOW_LIST: ipAllowList
    RATE_LIMIT_FACTOR: '1'
    ALLOW_LOOPBACK_ADDRESSES: 'false'
    OPENAI_BASE_URL: openAiBaseUrl
    AZURE_OPENAI_ENDPOINT: azureOpenAiEndpoint
    // Models on Replicate are offered once the vault has REPLICATE-API-TOKEN; it calls back once it has REPLICATE-WEBHOOK-SECRET.
    REPLICATE_BASE_URL: ''
    SD_WEBUI_URL: stableDiffusionWebuiUrl
    CHAT_MODELS: chatModels
    IMAGE_MODELS: imageModels
    ACS_ENDPOINT: mailEndpoint
    MAIL_FROM: mailFrom
    ADMIN_EMAILS: adminEmails
    GOOGLE_CLIENT_ID: googleClientId
    GITHUB_CLIENT_ID: githubClientId
    MICROSOFT_CLIENT_ID: microsoftClientId
    MICROSOFT_TENANT: microsoftTenant
    PWNED_PASSWORDS_URL: pwnedPasswordsUrl
    STRIPE_PRICE_BASIC_MONTHLY: stripePrices['basicMonthly']
    STRIPE_PRICE_BASIC_YEARLY: stripePrices['basicYearly']
    STRIPE_PRICE_PRO_MONTHLY: stripePrices['proMonthly']
    STRIPE_PRICE_PRO_YEARLY: stripePrices['proYearly']
    STRIPE_PRICE_ENTERPRISE_MONTHLY: stripePrices['enterpriseMonthly']
    STRIPE_PRICE_ENTERPRISE_YEARLY: stripePrices['enterpriseYearly']
    STRIPE_PRICE_PACK_SMALL: stripePrices['packSmall']
    STRIPE_PRICE_PACK_MEDIUM: stripePrices['packMedium']
    STRIPE_PRICE_PACK_LARGE: stripePrices['packLarge']
    // Public copies of pictures are made once the vault has IMGBB-API-KEY or POSTIMAGES-API-KEY.
    IMGBB_BASE_URL: ''
    POSTIMAGES_BASE_URL: ''
    // Clients cannot follow an address to a storage account that is closed to the public network.
    BLOB_REDIRECT: empty(subnetId) ? 'auto' : 'off'
    // The disk of an instance is small and goes with the instance.
    CACHE_DIR: '/tmp/muse-cache'
    CACHE_MAX_AGE_DAYS: '1'
    CACHE_MAX_MEGABYTES: '256'
    STUCK_AFTER_MINUTES: '30'
    // Empty: conversations are archived by their owners alone.
    ARCHIVE_AFTER_DAYS: ''
    PURGE_AFTER_DAYS: '30'
  }
}

// Deployment goes by Entra ID; user name and password for FTP and SCM do not exist.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    // Not FunctionAppLogs: Application Insights has the same lines already, and each would be paid twice.
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('Name of the app.')
output name string = app.name

@description('Where it answers.')
output url string = 'https://${app.properties.defaultHostName}'
