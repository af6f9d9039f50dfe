// The theme fetches the whole search index with every page; here it waits until the reader turns to the search. It has to run before the theme's script.
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
