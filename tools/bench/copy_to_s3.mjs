// Copies what is at a URL to S3 as a Node program would: `@aws-sdk/lib-storage` over a stream.
//
//   node copy_to_s3.mjs ENDPOINT BUCKET URL KEY...     one process; a key after the first is a copy by a warm one
//
// A warm copy is told by its seconds, one line each.

import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const [endpoint, bucket, url, ...keys] = process.argv.slice(2);
const client = new S3Client({
  endpoint,
  region: "us-east-1",
  forcePathStyle: true,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

for (const key of keys) {
  const started = process.hrtime.bigint();
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the source answered ${answer.status}`);
  await new Upload({ client, params: { Bucket: bucket, Key: key, Body: answer.body } }).done();
  console.log(Number(process.hrtime.bigint() - started) / 1e9);
}
