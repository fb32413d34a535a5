metadata description = 'Alerts on metrics of the platform. Their list is alerts/metric-alerts.json.'

@description('Begins the name of each alert.')
param namePrefix string

@description('Tags of the alerts.')
param tags object

@description('Who hears of them.')
param actionGroupId string

@description('Database cluster.')
param databaseId string

@description('Storage account.')
param storageAccountId string

@description('Vault.')
param keyVaultId string

var alerts = loadJsonContent('../alerts/metric-alerts.json')
var targets = {
  database: databaseId
  storage: storageAccountId
  queues: '${storageAccountId}/queueServices/default'
  vault: keyVaultId
}

resource rules 'Microsoft.Insights/metricAlerts@2018-03-01' = [for alert in alerts: {
  name: '${namePrefix}-${alert.name}'
  location: 'global'
  tags: tags
  properties: {
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [targets[alert.target]]
    evaluationFrequency: alert.every
    windowSize: alert.window
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: alert.name
          metricNamespace: alert.namespace
          metricName: alert.metric
          timeAggregation: alert.aggregation
          operator: alert.operator
          threshold: alert.threshold
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}]
