// What makes the addresses that the sandbox's vendors push to. Not secret, and good for nothing but this.
export const HOOK_KEY = "the key of hooks of a handler for tries";
