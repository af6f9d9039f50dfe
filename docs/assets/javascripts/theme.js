// When the theme's script runs, and changes to what it does; they have to be there before it.

// Setting up all that a reader could touch takes a phone longer than showing the page. So on a narrow screen, where nothing in sight needs the script, it waits for the first touch, or until the page has been quiet for five seconds. On a wide screen it places the columns beside the text: there it runs at once, as it does where the address asks for something.
(() => {
  const { script } = document.currentScript.dataset;
  const signs = ["pointerdown", "pointermove", "touchstart", "keydown", "focusin", "scroll", "wheel"];
  const add = (name, properties) => document.body.append(Object.assign(document.createElement(name), properties));
  let asked = false;
  const run = () => {
    if (asked) return;
    asked = true;
    for (const each of signs) removeEventListener(each, run, true);
    const begin = () => document.dispatchEvent(new Event("DOMContentLoaded")); // it waits for one, once, and the real one may be over
    add("script", { src: script, onload: begin });
  };

  if (matchMedia("(min-width: 60em), print").matches || location.search || location.hash) {
    run();
    return;
  }
  for (const each of signs) addEventListener(each, run, { capture: true, passive: true });
  addEventListener("load", () => {
    add("link", { rel: "prefetch", as: "script", href: script });
    setTimeout(run, 5000);
  });
})();

// The theme fetches the whole search index with every page; here it waits until the reader turns to the search.
(() => {
  const { open, send } = XMLHttpRequest.prototype;
  const asked = new URLSearchParams(location.search);
  const wanted =
    asked.has("q") || asked.has("h")
      ? Promise.resolve()
      : new Promise((done) => {
          const look = (event) => {
            if (event.target.closest?.(".md-search, [for=__search]")) done();
          };
          for (const type of ["focusin", "pointerover", "pointerdown"]) document.addEventListener(type, look);
        });
  const later = new WeakSet();
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (String(url).endsWith("/search/search_index.json")) later.add(this);
    return open.call(this, method, url, ...(rest.length ? rest : [true]));
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (later.has(this)) wanted.then(() => send.call(this, body));
    else send.call(this, body);
  };
})();

// The theme looks for words that begin with any word of the query: "de" finds "dedicada" and wins with it, and "Set-VMHost" whatever begins with "set". Here such small words do not count beside others, and all parts of a name have to be there.
(() => {
  const small = {
    en: "a an and are as at by do for from how i in is it my of on or that the this to what when where which why with",
    pt: "a ao aos as até com como da das de do dos e em entre eu meu na nas no nos num numa o onde os ou para pela pelas pelo pelos por qual quais quando que se sem um uma é",
  };
  const words = new Set(small[document.documentElement.lang.split("-")[0]]?.split(" "));
  const name = /^[\p{L}\p{N}]+(-[\p{L}\p{N}]+)+$/u;
  // "I/O" is two letters, and half of all words begin with one of them: a letter counts as it is. A number has to be there.
  const letters = /^[\p{L}](\/[\p{L}])*$/u;
  const number = /^[0-9]+$/;
  const asked = (word) => {
    if (name.test(word)) return word.replace(/[^-]+/g, "+$&*").replaceAll("*-", "* ");
    if (letters.test(word)) return word.replace(/[^/]+/g, "$&^1").replaceAll("/", " ");
    return number.test(word) ? `+${word}${word.length > 2 ? "*" : ""}` : word;
  };
  const wanted = (query) => {
    const said = query.split(/\s+/).filter(Boolean);
    const counts = said.filter((word) => !words.has(word.toLowerCase()));
    return (counts.length ? counts : said).map(asked).join(" ");
  };
  const QUERY = 2; // the number that the theme gives to this kind of message
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...rest) {
    const asks = message?.type === QUERY && !message.data.includes('"');
    return postMessage.call(this, asks ? { ...message, data: wanted(message.data) } : message, ...rest);
  };
})();

// The theme adds an element for the colour scheme to the head, where ours comes first and counts; with every change of one, the browser computes all styles anew.
(() => {
  const { head } = document;
  head.appendChild = (node) => (node.name === "color-scheme" ? node : Node.prototype.appendChild.call(head, node));
})();
