metadata description = 'Alerts on the app\'s log lines and on tables of the platform.'

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

@description('The alerts, as alerts/log-alerts.json describes them.')
param alerts array

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
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
