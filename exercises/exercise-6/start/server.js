'use strict';

// Guestbook: counts visits and keeps the count in a file. Node's own library is enough.

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const PORT = 3000;
// Where the count is kept: the only folder that it writes to.
const STATE_DIR = process.env.STATE_DIR || path.join(__dirname, 'state');
const COUNT = path.join(STATE_DIR, 'visits');

fs.mkdirSync(STATE_DIR, { recursive: true });

function visits() {
  return fs.existsSync(COUNT) ? Number(fs.readFileSync(COUNT, 'utf8')) : 0;
}

function answer(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const server = http.createServer((request, response) => {
  if (request.url === '/health') {
    answer(response, 200, { status: 'ok' });
  } else if (request.url === '/visit') {
    const count = visits() + 1;
    fs.writeFileSync(COUNT, String(count));
    answer(response, 200, { visits: count });
  } else {
    answer(response, 404, { error: 'no such page' });
  }
});

server.listen(PORT, '0.0.0.0', () => console.log(`listening on ${PORT}, state in ${STATE_DIR}`));

// Node as process 1 ignores SIGTERM unless the program handles it.
process.once('SIGTERM', () => {
  console.log('SIGTERM: closing');
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
