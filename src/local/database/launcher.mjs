#!/usr/bin/env node
// The embedded development server as an executable that mongodb-memory-server can run in the place of mongod.
// It stays plain JavaScript, so that it can say what is wrong on a Node that cannot run TypeScript.
if (process.argv.includes("--version")) {
  process.stdout.write("db version v8.0.0\nembedded development server\n");
} else {
  try {
    const { main } = await import("./main.ts");
    main(process.argv.slice(2));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // mongodb-memory-server takes the reason of a failed start from a line of this form.
    process.stderr.write(`exception in initAndListen: EmbeddedServer: ${reason}\n`);
    process.exit(1);
  }
}
