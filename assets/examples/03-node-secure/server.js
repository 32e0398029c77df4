'use strict';

const express = require('express');

const PORT = 3000;
const app = express();

// Do not tell strangers what runs here.
app.disable('x-powered-by');

// A body that is larger than this is no business of ours.
app.use(express.json({ limit: '10kb' }));

app.use((_request, response, next) => {
  response.set('X-Content-Type-Options', 'nosniff');
  response.set('Content-Security-Policy', "default-src 'none'");
  next();
});

app.get('/', (_request, response) => {
  response.json({ message: 'Hello from a container that may do very little.' });
});

app.get('/health', (_request, response) => {
  response.json({ status: 'ok' });
});

const server = app.listen(PORT, '0.0.0.0', () => {
  console.log(`listening on ${PORT}`);
});

// Node as process 1 ignores SIGTERM unless the program handles it. Finish what is under way, then
// end; after five seconds end anyway.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    console.log(`${signal}: closing`);
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(1), 5000).unref();
  });
}
