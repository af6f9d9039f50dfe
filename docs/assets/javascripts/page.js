// Offers a page in the language that the browser prefers, once. Nobody is sent there unasked, and nothing on the page moves.
(() => {
  const key = "hvnet.language-offered";
  const short = (tag) => tag.toLowerCase().split("-")[0];
  const offers = [...document.querySelectorAll(".hv-offer")];
  const remember = () => {
    try {
      localStorage.setItem(key, "yes");
    } catch {
      // without storage there is nothing to remember in
    }
  };
  for (const link of document.querySelectorAll(".md-select__link")) link.addEventListener("click", remember);

  const spoken = [short(document.documentElement.lang), ...offers.map((each) => short(each.lang))];
  const preferred = navigator.languages.map(short).find((tag) => spoken.includes(tag));
  const offer = offers.find((each) => short(each.lang) === preferred);
  if (!offer || preferred === spoken[0]) return;
  try {
    if (localStorage.getItem(key)) return;
  } catch {
    return; // it could not be remembered, and would come back on every page
  }
  const close = () => {
    offer.hidden = true;
  };
  offer.querySelector("button").addEventListener("click", close);
  offer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  offer.hidden = false;
  remember();
})();

// The theme makes a landmark without a name of the buttons of every block of code; there the buttons are enough.
(() => {
  const mend = () => {
    for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) nav.setAttribute("role", "none");
  };
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
  mend();
})();
