/**
 * The driver as a module of its own, always imported lazily. It is CommonJS: a bundled `import("mongodb")` would give
 * only its default export, while this static re-export keeps the name.
 */
export { MongoClient } from "mongodb";
