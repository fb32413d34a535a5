import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostUnderTest, runHost } from "./support/run-host.ts";
import { openSlowStorage } from "./support/slow-storage.ts";
import { countMessages, inBase64, openStorage, type StorageUnderTest } from "./support/storage.ts";
import { waitFor } from "./support/wait-for.ts";

/** Every run is told to the test through /api/runs, in the order of the runs. */
const main = `
import { app, output } from "@azure/functions";
const runs = [];
let running = 0;
let most = 0;
const gates = new Map();
app.http("runs", { handler: async (request) => {
  gates.get(request.query.get("open"))?.();
  return { jsonBody: { runs, most } };
} });
const forwarded = output.storageQueue({ queueName: "forwarded", connection: "AzureWebJobsStorage" });
const note = async (message, context) => {
  runs.push({ queue: context.functionName, message, at: Date.now(), metadata: context.triggerMetadata });
  const isCounted = context.functionName === "parallel";
  if (isCounted) running += 1;
  most = Math.max(most, running);
  try {
    if (message.gate) await new Promise((resolve) => gates.set(message.gate, resolve));
    if (message.forward) context.extraOutputs.set(forwarded, message.forward);
    if (message.fail) throw new Error("the job fails");
  } finally { if (isCounted) running -= 1; }
};
app.storageQueue("jobs", {
  queueName: "%JOBS_QUEUE%", connection: "AzureWebJobsStorage", extraOutputs: [forwarded], handler: note,
});
app.storageQueue("jobs-poison", { queueName: "jobs-poison", connection: "AzureWebJobsStorage", handler: note });
for (const name of ["slow", "parallel"]) {
  app.storageQueue(name, { queueName: name, connection: "AzureWebJobsStorage", handler: note });
}
`;

interface Run {
  readonly queue: string;
  readonly message: unknown;
  readonly at: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const LEASE_SECONDS = 1;

let storage: StorageUnderTest;
let host: HostUnderTest;
beforeAll(async () => {
  storage = await openStorage();
  host = await runHost({
    main,
    storageConnectionString: storage.connectionString,
    queueLeaseSeconds: LEASE_SECONDS,
    environment: { JOBS_QUEUE: "jobs" },
    hostJson: {
      extensions: {
        queues: {
          batchSize: 4,
          newBatchThreshold: 1,
          maxDequeueCount: 2,
          visibilityTimeout: "00:00:01",
          maxPollingInterval: "00:00:00.200",
        },
      },
    },
  });
});
afterAll(async () => {
  await host?.stop();
  await storage?.stop();
});

const look = async (open = "") =>
  (await (await fetch(`${host.url}/api/runs?open=${open}`)).json()) as { runs: Run[]; most: number };
const runsOf = async (text: string, queue = "jobs") =>
  (await look()).runs.filter((run) => run.queue === queue && JSON.stringify(run.message).includes(text));

describe.concurrent("a queue trigger", () => {
  it("gives JSON as an object and other text as it is, with the message's data in camel case", async () => {
    const jobs = await storage.queue("jobs");
    await jobs.sendMessage(inBase64('{"generation_id":"gen_1"}'));
    await jobs.sendMessage(inBase64("plain text é"));
    const [run] = await waitFor(async () => (await runsOf("plain text")).length === 1 && (await runsOf("gen_1")));
    expect(run?.message).toEqual({ generation_id: "gen_1" });
    expect((await runsOf("plain text"))[0]?.message).toBe("plain text é");
    expect(run?.metadata).toEqual({
      queueTrigger: { generation_id: "gen_1" },
      dequeueCount: 1,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      insertionTime: expect.stringMatching(/^\d{4}-.*Z$/),
      expirationTime: expect.stringMatching(/^\d{4}-.*Z$/),
      nextVisibleOn: expect.stringMatching(/^\d{4}-.*Z$/),
      popReceipt: expect.any(String),
    });
    await waitFor(async () => (await countMessages(jobs)) === 0, "the deletion of what succeeded");
  });

  it("retries after visibilityTimeout, then moves the message untouched to the poison queue, whose trigger runs", async () => {
    const jobs = await storage.queue("jobs");
    await jobs.sendMessage(inBase64('{"fail": true,  "id": "failing"}'));
    const [poison] = await waitFor(async () => {
      const found = await runsOf("failing", "jobs-poison");
      return found.length > 0 && found;
    }, "the poison queue's function");
    const runs = await runsOf("failing");
    expect(runs.map((run) => run.metadata.dequeueCount)).toEqual([1, 2]);
    const [first, second] = runs;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(900);
    expect(poison?.message).toEqual({ fail: true, id: "failing" });
    await waitFor(async () => (await countMessages(jobs)) === 0);
  });

  it("on a poison queue works like any other, but what fails there comes back only after its lease, and stays", async () => {
    const poison = await storage.queue("jobs-poison");
    await poison.sendMessage(inBase64('{"fail":true,"id":"hopeless"}'));
    const [first, second] = await waitFor(async () => {
      const runs = await runsOf("hopeless", "jobs-poison");
      return runs.length >= 2 && runs;
    }, "a second try");
    // The lease begins when the message is taken, which may be a while before its function does.
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(LEASE_SECONDS * 500);
    expect(await countMessages(poison)).toBeGreaterThanOrEqual(1);
  });

  it("moves a message that is not base64 to the poison queue without running the function", async () => {
    await (await storage.queue("slow")).sendMessage("not base64!");
    const poison = await storage.queue("slow-poison");
    await waitFor(async () => (await poison.peekMessages()).peekedMessageItems[0]?.messageText === "not base64!");
    expect((await look()).runs.filter((run) => run.queue === "slow" && run.message === "not base64!")).toEqual([]);
  });

  it("keeps a message hidden for as long as it runs, by renewing its lease", async () => {
    const slow = await storage.queue("slow");
    await slow.sendMessage(inBase64('{"gate":"longer-than-its-lease"}'));
    const [run] = await waitFor(async () => {
      const found = await runsOf("longer-than-its-lease", "slow");
      return found.length > 0 && found;
    });
    // Three leases pass, and nobody else gets the message.
    await waitFor(() => Date.now() > (run?.at ?? 0) + LEASE_SECONDS * 3000);
    expect(await runsOf("longer-than-its-lease", "slow")).toHaveLength(1);
    await look("longer-than-its-lease");
    await waitFor(async () => (await countMessages(slow)) === 0, "the deletion by the renewed receipt");
  });

  it("runs a batch side by side, and takes the next only when newBatchThreshold allows", async () => {
    const parallel = await storage.queue("parallel");
    const names = Array.from({ length: 8 }, (_, index) => `parallel-${index}`);
    for (const gate of names) await parallel.sendMessage(inBase64(JSON.stringify({ gate })));
    const opened = new Set<string>();
    await waitFor(async () => {
      const started = (await runsOf("parallel-", "parallel")).map((run) => (run.message as { gate: string }).gate);
      const next = started.find((gate) => !opened.has(gate));
      if (next !== undefined) await look(next);
      if (next !== undefined) opened.add(next);
      return opened.size === names.length;
    });
    const { most } = await look();
    expect(most).toBeGreaterThanOrEqual(2);
    // A batch of 4 beside the 1 that the threshold lets run on.
    expect(most).toBeLessThanOrEqual(5);
  });

  it("writes its queue outputs only when it succeeds", async () => {
    const jobs = await storage.queue("jobs");
    await jobs.sendMessage(inBase64('{"id":"lost","fail":true,"forward":"from a failure"}'));
    await jobs.sendMessage(inBase64('{"forward":["one",{"two":2}]}'));
    const forwarded = await storage.queue("forwarded");
    await waitFor(async () => (await runsOf("lost", "jobs-poison")).length > 0);
    const texts = (await forwarded.peekMessages({ numberOfMessages: 32 })).peekedMessageItems.map((message) =>
      Buffer.from(message.messageText, "base64").toString(),
    );
    expect(texts.filter((text) => text !== "from a failure")).toEqual(["one", '{"two":2}']);
  });

  it("can be run once by the admin endpoint with a message of its own", async () => {
    const run = (name: string, body: string) => fetch(`${host.url}/admin/functions/${name}`, { method: "POST", body });
    expect((await run("jobs", '{"input":"{\\"by\\":\\"hand\\"}"}')).status).toBe(202);
    expect((await run("no-such-function", "{}")).status).toBe(404);
    expect((await run("jobs", "no json")).status).toBe(400);
    const [first] = await waitFor(async () => {
      const found = await runsOf("hand");
      return found.length > 0 && found;
    });
    expect(first?.message).toEqual({ by: "hand" });
  });
});

describe.concurrent("a host of plain-text queues", () => {
  it("reads the text as it is, survives a storage that is away, and says so once", async () => {
    const other = await openStorage();
    const plain = await runHost({
      main: `
        import { app } from "@azure/functions";
        app.storageQueue("plain", { queueName: "plain", connection: "OTHER_STORAGE", handler: async (message, context) => context.log("got", message) });`,
      environment: { OTHER_STORAGE: other.connectionString },
      hostJson: { extensions: { queues: { messageEncoding: "none", maxPollingInterval: "00:00:00.100" } } },
    });
    try {
      await (await other.queue("plain")).sendMessage('{"plain":true}');
      await waitFor(() => plain.lines.includes("info: plain: got { plain: true }"));
      await other.stop();
      await waitFor(() => plain.lines.some((line) => line.startsWith("error: The queue plain does not answer")));
      // It goes on asking and stops in good order, without another word.
      expect(await plain.stop()).toBeLessThan(5000);
      expect(plain.lines.filter((line) => line.startsWith("error:"))).toHaveLength(1);
    } finally {
      await plain.stop();
      await other.stop();
    }
  });
});

describe.concurrent("a host that stops", () => {
  it("waits up to 5 s for what runs, lets go of the rest, and the message comes back", async () => {
    const main = `
      import { app } from "@azure/functions";
      app.hook.appTerminate(() => console.log("terminated"));
      app.storageQueue("endless", { queueName: "endless", connection: "AzureWebJobsStorage", handler: async (message, context) => {
        context.log("begun", message, context.triggerMetadata.dequeueCount);
        const isQuick = message === "short" || context.triggerMetadata.dequeueCount > 1;
        await new Promise((resolve) => setTimeout(resolve, isQuick ? 1000 : 60_000));
        context.log("ended", message);
      } });`;
    const hostJson = { extensions: { queues: { maxPollingInterval: "00:00:00.100" } } };
    const settings = {
      main,
      hostJson,
      storageConnectionString: storage.connectionString,
      queueLeaseSeconds: LEASE_SECONDS,
    };
    const queue = await storage.queue("endless");
    await queue.sendMessage(inBase64("short"));
    await queue.sendMessage(inBase64("long"));
    const first = await runHost(settings);
    await waitFor(() => first.lines.filter((line) => line.includes("begun")).length === 2);
    const milliseconds = await first.stop();
    expect(milliseconds).toBeGreaterThanOrEqual(4900);
    expect(milliseconds).toBeLessThan(7000);
    expect(first.lines).toContain("info: endless: ended short");
    expect(first.lines).toContain("warn: Still running, and let go: endless");
    expect(first.lines).toContain("terminated");
    const second = await runHost(settings);
    await waitFor(() => second.lines.includes("info: endless: begun long 2"), "the second delivery");
    await second.stop();
  });

  it("gives back at once the messages that arrive when it no longer starts any", async () => {
    const slow = await openSlowStorage();
    const main = `
      import { app } from "@azure/functions";
      app.storageQueue("late", { queueName: "late", connection: "AzureWebJobsStorage", handler: (message, context) => context.log("begun") });
      app.http("state", { handler: () => ({}) });`;
    const one = await runHost({ main, storageConnectionString: slow.connectionString });
    await waitFor(() => slow.requests.some((request) => request.startsWith("GET /account/late/messages?")));
    const stopped = one.stop();
    await waitFor(
      () =>
        fetch(one.url).then(
          () => false,
          () => true,
        ),
      "the host to take no more requests",
    );
    slow.deliver();
    await stopped;
    slow.stop();
    const [givenBack] = slow.requests.filter((request) => request.startsWith("PUT /account/late/messages/message-1?"));
    expect(givenBack).toMatch(/visibilitytimeout=0/);
    expect(one.lines.filter((line) => line.includes("begun"))).toEqual([]);
  });
});
