import { type BicepFile, bodyOf } from "./bicep.ts";

/**
 * Ids of built-in roles, the same in every tenant.
 * Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
 */
const documentedRoles: Readonly<Record<string, string>> = {
  storageBlobDataOwner: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  storageBlobDataContributor: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  storageBlobDataReader: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
  storageQueueDataContributor: "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
  storageQueueDataMessageProcessor: "8a0f0c08-91a1-4084-bc3d-661d67233fed",
  storageQueueDataMessageSender: "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
  storageQueueDataReader: "19e7f393-937e-4f77-808e-94535e297925",
  storageTableDataContributor: "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
  keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  keyVaultSecretsOfficer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
  keyVaultReader: "21090545-7ca7-4776-b22c-e363652d74d2",
  monitoringMetricsPublisher: "3913510d-42f4-4e42-8a64-420c390055eb",
  monitoringReader: "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
  logAnalyticsReader: "73c42c96-874c-492b-b04d-ab87d138a893",
};

/** What the app cannot do without; the host's part: https://learn.microsoft.com/azure/azure-functions/functions-reference (connection to host storage with an identity). */
const needed = [
  "storageBlobDataOwner",
  "storageQueueDataContributor",
  "keyVaultSecretsUser",
  "monitoringMetricsPublisher",
];

const guid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const assignmentType = "Microsoft.Authorization/roleAssignments";

/** Every role id is a documented one under its own name; each assignment uses one on a resource; the app has all it needs. */
export function checkRoles(files: readonly BicepFile[]): string[] {
  const assignments = files.flatMap((file) => assignmentsOf(file));
  const problems = [
    ...files.flatMap((file) => checkIds(file)),
    ...assignments.flatMap((assignment) => checkAssignment(assignment)),
  ];
  const ofTheApp = new Set(assignments.filter(({ text }) => text.includes("appPrincipalId")).map(({ role }) => role));
  for (const role of needed) if (!ofTheApp.has(role)) problems.push(`the app is not assigned the role ${role}`);
  return problems;
}

function checkIds({ path, text }: BicepFile): string[] {
  const known = new Set(Object.values(documentedRoles));
  const problems: string[] = [];
  for (const [id] of text.matchAll(guid)) {
    if (!known.has(id.toLowerCase())) problems.push(`${path}: ${id} is the id of no documented role`);
  }
  for (const [, name = "", id = ""] of text.matchAll(/(\w+): '([0-9a-f]{8}-[0-9a-f-]{27})'/gi)) {
    if (known.has(id) && documentedRoles[name] !== id)
      problems.push(`${path}: "${name}" is not the name of role ${id}`);
  }
  return problems;
}

interface Assignment {
  readonly where: string;
  readonly text: string;
  readonly hasScope: boolean;
  readonly role: string | undefined;
}

function assignmentsOf({ path, tree }: BicepFile): Assignment[] {
  return Object.entries(tree.resources ?? {})
    .filter(([, { type, existing }]) => type === assignmentType && !existing)
    .map(([name, { config }]) => {
      const body = bodyOf(config);
      const text = JSON.stringify(body);
      const role = Object.keys(documentedRoles).find((candidate) => new RegExp(`\\b${candidate}\\b`).test(text));
      return { where: `${path}: the role assignment "${name}"`, text, hasScope: "scope" in body, role };
    });
}

function checkAssignment({ where, hasScope, role }: Assignment): string[] {
  return [
    ...(hasScope ? [] : [`${where} is not on a resource but on the whole group`]),
    ...(role === undefined ? [`${where} names no documented role`] : []),
  ];
}
