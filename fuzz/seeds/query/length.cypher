MATCH (:Internet)-[*1..3]->(n)<-[r]-(c), (c)--(d) WHERE type(r) <> "X" OR n.namespace IS NOT NULL RETURN n, r.success
