import { createServer } from "node:http";

export interface SlowStorage {
  readonly connectionString: string;
  /** The requests so far, as `METHOD path?query`. */
  readonly requests: readonly string[];
  /** Answers the request for messages that is waiting, with one message. */
  deliver(): void;
  stop(): void;
}

const time = new Date().toUTCString();
const MESSAGES = `<?xml version="1.0" encoding="utf-8"?><QueueMessagesList><QueueMessage>
  <MessageId>message-1</MessageId><InsertionTime>${time}</InsertionTime><ExpirationTime>${time}</ExpirationTime>
  <PopReceipt>receipt-1</PopReceipt><TimeNextVisible>${time}</TimeNextVisible><DequeueCount>1</DequeueCount>
  <MessageText>aGVsbG8=</MessageText></QueueMessage></QueueMessagesList>`;

/** A queue service of the test's own, that answers a request for messages only when it is told to. */
export async function openSlowStorage(): Promise<SlowStorage> {
  const requests: string[] = [];
  let deliver = () => {};
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    if (request.method === "GET") {
      deliver = () => response.writeHead(200, { "content-type": "application/xml" }).end(MESSAGES);
    } else response.writeHead(204, { "x-ms-popreceipt": "receipt-2", "x-ms-time-next-visible": time }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    connectionString: `QueueEndpoint=http://127.0.0.1:${port}/account;SharedAccessSignature=sv=2024-01-01`,
    requests,
    deliver: () => deliver(),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
