import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** One project a kind of test. */
const project = (name: string, options: Record<string, unknown> = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

/** These speak with one running Muse that is started before them. */
const withSharedMuse = { globalSetup: ["test/support/global-setup.ts"] };

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    testTimeout: 30_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
    projects: [
      project("unit"),
      project("integration"),
      project("api", withSharedMuse),
      project("e2e", withSharedMuse),
      // Not part of `npm test`, for the time that it takes: `npm run test:faults` runs it.
      project("faults", { testTimeout: 120_000, fileParallelism: false }),
      // Nor is this: it installs the production packages. `npm run test:package` runs it.
      project("package", { testTimeout: 60_000, hookTimeout: 180_000, fileParallelism: false }),
    ],
    coverage: { provider: "v8", include: ["src/**"], exclude: ["src/web/**"], reportsDirectory: "coverage" },
  },
});
