import { app } from "@azure/functions";
import { registerHttp } from "./functions/register-http.ts";
import { routePaths } from "./functions/route-paths.ts";
import "./functions/queue/analyze-file.ts";
import "./functions/queue/deliver-webhook.ts";
import "./functions/queue/fail-poisoned-analysis.ts";
import "./functions/queue/fail-poisoned-generation.ts";
import "./functions/queue/run-generation.ts";
import "./functions/timer/archive-and-purge.ts";
import "./functions/timer/clean-local-caches.ts";
import "./functions/timer/close-dead-turns.ts";
import "./functions/timer/erase-accounts.ts";
import "./functions/timer/expire-stuck-jobs.ts";
import "./functions/timer/expire-subscriptions.ts";
import "./functions/timer/measure-backlogs.ts";
import "./functions/timer/find-orphans.ts";
import "./functions/timer/hash-pictures.ts";
import "./functions/timer/reconcile-subscriptions.ts";
import "./functions/timer/renew-allowances.ts";
import "./functions/timer/requeue-lost-files.ts";
import "./functions/timer/requeue-lost-jobs.ts";
import "./functions/timer/warn-low-balances.ts";
import "./functions/timer/verify-storage.ts";
import "./functions/timer/watch-books.ts";

app.setup({ enableHttpStream: true });
registerHttp(routePaths);

app.hook.appStart(async () => {
  // A bad setting is reported at the start, not by the first request.
  const services = await (await import("./services.ts")).getServices();
  // What the first request will need is fetched while it is still on its way. Nobody waits for it, and if it fails
  // here, the request that needs it tells why.
  services.telemetry.open();
  void Promise.allSettled([
    import("./functions/routes.ts"),
    import("./http/pipeline.ts"),
    services.database.ping(),
    services.tokenizer.counter(),
  ]);
});
app.hook.appTerminate(async () => {
  const { getServices } = await import("./services.ts");
  await (await getServices()).close();
});
