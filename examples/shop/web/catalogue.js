// What the shop sells, and how it is drawn. One drawing per kind, in the product's own colours.

const ART = {
  sneaker: (c) => `
    <path d="M28 121C27 136 34 142 50 142H198C214 142 221 135 218 124L215 117H30Z" fill="#fbf8f2"/>
    <path d="M30 128H218" stroke="#d9d2c5" stroke-width="3"/>
    <path d="M32 118C30 96 36 74 46 60C58 70 72 71 84 62L93 56C105 74 122 88 142 93C168 99 207 101 216 118Z" fill="${c.main}"/>
    <path d="M32 118C31 98 37 76 46 60C50 64 55 66 60 67L66 118Z" fill="${c.dark}"/>
    <path d="M178 101C198 104 212 109 216 118H174C170 111 172 105 178 101Z" fill="${c.light}"/>
    <path d="M72 112C98 112 126 104 146 95L160 98C140 110 108 118 84 118H70Z" fill="${c.accent}"/>
    <g stroke="#fbf8f2" stroke-width="4" stroke-linecap="round"><path d="M96 80L112 70M108 90L122 79M121 97L134 87"/></g>`,
  boot: (c) => `
    <path d="M66 134H206C214 134 216 140 214 148H62V138C62 135 64 134 66 134Z" fill="${c.dark}"/>
    <path d="M70 30H124L128 84C134 98 200 92 208 134H66C62 100 66 60 70 30Z" fill="${c.main}"/>
    <path d="M70 30H124L125 46H69Z" fill="${c.light}"/>
    <path d="M168 104C190 108 205 116 208 134H160C156 120 160 108 168 104Z" fill="${c.accent}"/>
    <g stroke="${c.light}" stroke-width="4" stroke-linecap="round"><path d="M108 60L128 58M109 74L129 72M112 88L133 86"/></g>
    <path d="M66 118C64 124 65 130 66 134H96C92 124 80 116 66 118Z" fill="${c.dark}"/>`,
  loafer: (c) => `
    <path d="M30 128H212C216 128 217 134 215 138H30C26 136 27 130 30 128Z" fill="${c.dark}"/>
    <path d="M32 128C28 108 32 90 44 80C66 92 92 92 112 86C140 92 208 100 212 128Z" fill="${c.main}"/>
    <path d="M44 80C66 92 92 92 112 86L122 89C100 102 64 102 38 90Z" fill="${c.dark}"/>
    <path d="M108 91C118 96 124 106 126 120L150 120C150 106 142 97 132 92Z" fill="${c.light}"/>
    <path d="M118 108H146" stroke="${c.accent}" stroke-width="6" stroke-linecap="round"/>`,
  jacket: (c) => `
    <path d="M80 46L50 66C40 88 36 116 35 142L58 146C62 122 68 104 76 92Z" fill="${c.dark}"/>
    <path d="M160 46L190 66C200 88 204 116 205 142L182 146C178 122 172 104 164 92Z" fill="${c.dark}"/>
    <path d="M80 44C98 54 142 54 160 44L172 56L168 152H72L68 56Z" fill="${c.main}"/>
    <path d="M96 36C108 48 132 48 144 36L156 48L120 70L84 48Z" fill="${c.light}"/>
    <path d="M120 68V152" stroke="${c.accent}" stroke-width="4"/>
    <path d="M82 110L104 104M158 110L136 104" stroke="${c.dark}" stroke-width="5" stroke-linecap="round"/>
    <path d="M72 142H168V152H72Z" fill="${c.dark}"/>`,
  backpack: (c) => `
    <path d="M98 40C98 20 142 20 142 40" fill="none" stroke="${c.dark}" stroke-width="8"/>
    <path d="M66 78C52 90 52 120 60 138M174 78C188 90 188 120 180 138" fill="none" stroke="${c.dark}" stroke-width="9" stroke-linecap="round"/>
    <rect x="68" y="36" width="104" height="118" rx="34" fill="${c.main}"/>
    <path d="M68 74C68 52 82 36 102 36H138C158 36 172 52 172 74L168 82H72Z" fill="${c.light}"/>
    <rect x="82" y="100" width="76" height="42" rx="12" fill="${c.dark}"/>
    <path d="M90 114H150" stroke="${c.accent}" stroke-width="4" stroke-linecap="round"/>
    <rect x="113" y="72" width="14" height="22" rx="5" fill="${c.accent}"/>`,
  tote: (c) => `
    <path d="M88 74C88 22 152 22 152 74" fill="none" stroke="${c.dark}" stroke-width="8"/>
    <path d="M58 66H182L194 150H46Z" fill="${c.main}"/>
    <path d="M58 66H182L184 82H56Z" fill="${c.light}"/>
    <circle cx="120" cy="114" r="17" fill="${c.accent}"/>
    <path d="M120 103V125M109 114H131" stroke="${c.main}" stroke-width="4" stroke-linecap="round"/>`,
  watch: (c) => `
    <path d="M98 14H142L148 58H92Z" fill="${c.dark}"/><path d="M98 166H142L148 122H92Z" fill="${c.dark}"/>
    <circle cx="120" cy="90" r="50" fill="${c.light}"/><circle cx="120" cy="90" r="42" fill="${c.main}"/>
    <rect x="168" y="83" width="9" height="14" rx="3" fill="${c.light}"/>
    <g stroke="${c.light}" stroke-width="3" stroke-linecap="round"><path d="M120 54V60M120 120V126M84 90H90M150 90H156"/></g>
    <path d="M120 90V66M120 90L138 100" stroke="#fbf8f2" stroke-width="5" stroke-linecap="round"/>
    <path d="M120 90L104 112" stroke="${c.accent}" stroke-width="2.5" stroke-linecap="round"/><circle cx="120" cy="90" r="4.5" fill="${c.accent}"/>`,
  lamp: (c) => `
    <path d="M84 92L96 34H144L156 92Z" fill="${c.light}"/><path d="M96 34H144L146 44H94Z" fill="${c.main}"/>
    <path d="M120 92V142" stroke="${c.dark}" stroke-width="8"/><ellipse cx="120" cy="146" rx="38" ry="9" fill="${c.dark}"/>
    <path d="M138 92V112" stroke="${c.accent}" stroke-width="3"/><circle cx="138" cy="115" r="5" fill="${c.accent}"/>`,
  vase: (c) => `
    <path d="M120 72C104 52 92 40 84 22M120 72C120 48 124 32 130 16M120 72C134 56 146 50 160 42" fill="none" stroke="#5d7f5a" stroke-width="4" stroke-linecap="round"/>
    <g fill="${c.accent}"><circle cx="83" cy="22" r="10"/><circle cx="131" cy="16" r="11"/><circle cx="161" cy="41" r="9"/></g>
    <path d="M104 68H136C134 84 160 96 160 122C160 142 146 154 120 154C94 154 80 142 80 122C80 96 106 84 104 68Z" fill="${c.main}"/>
    <path d="M84 108C100 118 140 118 156 108C162 118 160 124 160 126C140 136 100 136 80 126C80 118 81 112 84 108Z" fill="${c.light}"/>`,
};

const COLOURS = {
  coral: {main: "#e4674c", dark: "#a83f2c", light: "#f3a58f", accent: "#ffe3b8", ground: "#fbe6dd"},
  sea: {main: "#2f7f86", dark: "#1b4d54", light: "#86bfc0", accent: "#f6c177", ground: "#dcecea"},
  ink: {main: "#33415c", dark: "#1d2638", light: "#7d8aa8", accent: "#f2a65a", ground: "#e2e6ef"},
  sand: {main: "#c79a63", dark: "#8a6336", light: "#e5c99d", accent: "#fff3dc", ground: "#f4eadb"},
  moss: {main: "#6c8c5a", dark: "#43603a", light: "#b0c79c", accent: "#f7dd8b", ground: "#e6eddc"},
  plum: {main: "#7b4b72", dark: "#4f2d4a", light: "#bb8fb2", accent: "#ffd3a5", ground: "#efe1ec"},
};

const product = (id, name, category, brand, price, art, colour, text) => ({id, name, category, brand, price, art, colour, text});

export const PRODUCTS = [
  product("shoe-1", "Coastal Runner", "shoes", "Fjell", 89.9, "sneaker", "coral", "Light enough for the long way round the bay."),
  product("bag-1", "Weekend Tote", "bags", "Grove", 49.9, "tote", "sand", "Waxed canvas; carries a picnic or a stack of books."),
  product("jacket-1", "Squall Anorak", "jackets", "Halden", 159.9, "jacket", "sea", "Keeps the rain out and the warmth in."),
  product("shoe-2", "Pier Boot", "shoes", "Kestrel", 139.9, "boot", "sand", "Full-grain leather, made to be soled again."),
  product("watch-1", "Tide Diver", "watches", "Lumen", 249.9, "watch", "ink", "Reads well at two hundred metres, or in the kitchen."),
  product("home-1", "Reading Lamp", "home", "Ember", 69.9, "lamp", "moss", "A warm circle of light, and a cord to pull."),
  product("shoe-3", "Quay Loafer", "shoes", "Aurelio", 109.9, "loafer", "plum", "Off the boat and straight to dinner."),
  product("bag-2", "Ridge Backpack", "bags", "Fjell", 99.9, "backpack", "moss", "Twenty-two litres, one hidden pocket."),
  product("jacket-2", "Dockside Blouson", "jackets", "Indigo", 189.9, "jacket", "ink", "A collar for the wind and pockets for the hands."),
  product("shoe-4", "Marram Sneaker", "shoes", "Dune", 79.9, "sneaker", "moss", "Canvas and cork; softer with every walk."),
  product("watch-2", "Meridian", "watches", "Cobalt", 179.9, "watch", "plum", "Three hands, no hurry."),
  product("home-2", "Stoneware Vase", "home", "Juniper", 39.9, "vase", "coral", "Thrown by hand, a little different each time."),
  product("shoe-5", "Night Ferry", "shoes", "Fjell", 119.9, "sneaker", "ink", "With a stripe that cars see before they see you."),
  product("bag-3", "Chart Satchel", "bags", "Birch & Co", 129.9, "tote", "plum", "Holds a laptop flat and a map rolled."),
  product("jacket-3", "Heath Parka", "jackets", "Halden", 219.9, "jacket", "moss", "For those who wait for the last ferry."),
  product("shoe-6", "Harbour Boot", "shoes", "Kestrel", 149.9, "boot", "ink", "Ankle-high, and quick to pull on."),
];

export const CATEGORIES = [...new Set(PRODUCTS.map((each) => each.category))].sort();

/** The drawing of a product, as SVG text. */
export function drawing(item) {
  const colours = COLOURS[item.colour];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 180" role="img" aria-label="${item.name.replaceAll("&", "&amp;")}">
    <rect width="240" height="180" fill="${colours.ground}"/>
    <circle cx="196" cy="34" r="58" fill="#ffffff" opacity=".38"/>
    <ellipse cx="120" cy="153" rx="92" ry="9" fill="${colours.dark}" opacity=".16"/>
    ${ART[item.art](colours)}
  </svg>`;
}
