import { randomUUID } from "node:crypto";
import type { EmailClient } from "@azure/communication-email";
import { callAzure, serviceUnavailable } from "../platform/azure-call.ts";
import type { Mailer } from "../ports/mail.ts";

export interface AzureMailerOptions {
  /** `endpoint=https://…;accesskey=…` of an Azure Communication Services resource; or `endpoint` with an identity. */
  readonly connectionString?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Address of a verified domain. */
  readonly from: string;
}

const tryMs = 10_000;

/** A stand-in on the loopback address speaks HTTP; the SDK refuses that unless it is told so for each request. */
const allowPlainHttp = {
  position: "perCall" as const,
  policy: {
    name: "allowPlainHttp",
    sendRequest: <Q extends { allowInsecureConnection?: boolean }, R>(request: Q, next: (request: Q) => R): R => {
      request.allowInsecureConnection = true;
      return next(request);
    },
  },
};

async function createClient({ connectionString, endpoint }: AzureMailerOptions): Promise<EmailClient> {
  const { EmailClient } = await import("@azure/communication-email");
  const isPlain = /^(endpoint=)?http:\/\//i.test(connectionString ?? endpoint ?? "");
  // The tries are counted by `callAzure`, which also gives up a connection that hangs.
  const options = { retryOptions: { maxRetries: 0 }, additionalPolicies: isPlain ? [allowPlainHttp] : [] };
  if (connectionString !== undefined) return new EmailClient(connectionString, options);
  if (endpoint === undefined) throw new Error("mail needs a connection string or an endpoint");
  const { DefaultAzureCredential } = await import("@azure/identity");
  return new EmailClient(endpoint, new DefaultAzureCredential(), options);
}

/**
 * Azure Communication Services Email. A message counts as sent when the service has taken it (202) and does not call it
 * failed at once; its delivery takes seconds, and nobody waits for that. All tries of one message carry one operation id,
 * so it goes out once.
 */
export function createAzureMailer(options: AzureMailerOptions): Mailer {
  let creating: Promise<EmailClient> | undefined;
  return {
    send: async ({ to, subject, text }) => {
      creating ??= createClient(options);
      const operationId = randomUUID();
      try {
        const client = await creating;
        await callAzure(tryMs, (abortSignal) =>
          client.beginSend(
            {
              senderAddress: options.from,
              recipients: { to: [{ address: to }] },
              content: { subject, plainText: text },
              disableUserEngagementTracking: true,
            },
            { operationId, abortSignal },
          ),
        );
      } catch (error) {
        throw serviceUnavailable("mail service", error);
      }
    },
  };
}
