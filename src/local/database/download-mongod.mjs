// Downloads mongod by mongodb-memory-server and prints its path on the last line. A process of its own, so that a
// download that takes too long can be ended.
import { MongoBinary } from "mongodb-memory-server";

const path = await MongoBinary.getPath();
process.stdout.write(`\n${path}\n`);
