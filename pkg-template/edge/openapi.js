// The handler's own description.
export const openapi = () => "{}";
