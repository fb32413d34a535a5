metadata description = 'Alerts on the app\'s log lines and on tables of the platform. Their list is alerts/log-alerts.json.'

@description('Begins the name of each alert.')
param namePrefix string

@description('Region of the alerts.')
param location string

@description('Tags of the alerts.')
param tags object

@description('Who hears of them.')
param actionGroupId string

@description('Workspace that is asked.')
param workspaceId string

@description('Whether the log of database requests is kept; its alerts make no sense without.')
param hasRequestLogs bool

var alerts = loadJsonContent('../alerts/log-alerts.json')

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: if (hasRequestLogs || !alert.needsRequestLogs) {
  name: '${namePrefix}-${alert.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${namePrefix}-${alert.name}'
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: alert.every
    windowSize: alert.window
    autoMitigate: true
    // A table that nothing was written to yet does not exist for the query's check.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: join(alert.query, '\n')
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [actionGroupId]
    }
  }
}]
