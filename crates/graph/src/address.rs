//! Nodes as people write them: `internet`, `shop/web`, `sa:shop/web`, `node:n1`.
