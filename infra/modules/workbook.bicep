metadata description = 'The page that an operator looks at first.'

@description('Title of the workbook.')
param displayName string

@description('Region of the workbook.')
param location string

@description('Tags of the workbook.')
param tags object

@description('Workspace that its queries ask.')
param workspaceId string

@description('Database cluster that its charts show.')
param databaseId string

@description('Storage account that its charts show.')
param storageAccountId string

var template = loadTextContent('../workbook/muse.json')
var withWorkspace = replace(template, '{workspaceId}', workspaceId)
var withDatabase = replace(withWorkspace, '{databaseId}', databaseId)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'muse-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    version: '1.0'
    sourceId: workspaceId
    serializedData: replace(withDatabase, '{storageAccountId}', storageAccountId)
  }
}
