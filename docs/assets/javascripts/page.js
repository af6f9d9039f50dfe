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

// The theme makes a landmark without a name of the buttons of every block of code; there the buttons are enough. A table or a block of code that is wider than the screen is scrolled by keyboard too.
(() => {
  const reach = (wrap) => {
    if (wrap.scrollWidth > wrap.clientWidth) wrap.tabIndex = 0;
    else wrap.removeAttribute("tabindex");
  };
  const sizes = new ResizeObserver((entries) => entries.forEach((each) => reach(each.target)));
  const mend = () => {
    for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) nav.setAttribute("role", "none");
    for (const wrap of document.querySelectorAll(".md-typeset :is(.md-typeset__scrollwrap, table:not([class]), pre > code)")) sizes.observe(wrap);
  };
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
  mend();
})();

// The browser's own parts, such as scroll bars, follow the system; where the reader chose other colours, they follow those.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    const chosen = document.body.dataset.mdColorScheme === "slate";
    document.documentElement.style.colorScheme = chosen === dark.matches ? "" : chosen ? "dark" : "light";
  };
  new MutationObserver(follow).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  dark.addEventListener("change", follow);
  follow();
})();

// On a narrow screen the navigation is a drawer, which the theme opens with a label; a keyboard needs a button, and Escape.
(() => {
  const button = document.querySelector("[data-hv-drawer]");
  const drawer = document.getElementById("__drawer");
  if (!button || !drawer) return;
  const tell = () => button.setAttribute("aria-expanded", String(drawer.checked));
  drawer.addEventListener("change", tell);
  button.addEventListener("click", () => drawer.click());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drawer.checked) return;
    drawer.click();
    button.focus();
  });
})();
