// The key of the URLs that the sandbox's vendors push to. Public, and used for nothing else.
export const HOOK_KEY = "the key of hooks of a handler for tries";
