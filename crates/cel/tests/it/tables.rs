//! What the specification of CEL and the libraries of Kubernetes say is true.

use catseye_cel::Val;

use crate::evaluated;

#[track_caller]
fn all_true(sources: &[&str]) {
    let mut wrong = Vec::new();
    for source in sources {
        match evaluated(source) {
            Ok(Val::Bool(true)) => {}
            Ok(Val::Bool(false)) => wrong.push(format!("{source}: false")),
            Ok(other) => wrong.push(format!("{source}: a {other:?}")),
            Err(err) => wrong.push(format!("{source}: {err}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[track_caller]
fn all_fail(sources: &[(&str, &str)]) {
    for (source, message) in sources {
        let err = evaluated(source).expect_err(source);
        assert!(err.message.contains(message), "{source}: {err}");
    }
}

#[test]
fn numbers_compare_across_their_types_and_report_overflow() {
    all_true(&[
        "1 + 2 * 3 == 7",
        "-7 / 2 == -3",
        "-7 % 3 == -1",
        "7u / 2u == 3u",
        "dyn(1) == dyn(1u)",
        "dyn(1) == dyn(1.0)",
        "1 < 1.5 && 2u > 1.5 && -1 < 1u",
        "dyn(9223372036854775807) < dyn(9223372036854775808u)",
        "0x1F == 31",
        "1e3 == 1000.0",
        "double('0.5') == 0.5",
        "int('-3') == -3 && uint('3') == 3u",
        "int(3.9) == 3 && int(-3.9) == -3",
        "string(1.0) == '1' && string(1e100) == '1e+100' && string(0.5) == '0.5'",
        "dyn({1: 'a'})[1.0] == 'a'",
        "dyn(1.0) in [1]",
        "0.0 / 0.0 != 0.0 / 0.0",
        "type(1) == int && type(1u) == uint && type([]) == list && type({}) == map",
        "type(type(1)) == type",
    ]);
    all_fail(&[
        ("9223372036854775807 + 1", "integer overflow"),
        ("-9223372036854775807 - 2", "integer overflow"),
        ("1 / 0", "division by zero"),
        ("1 % 0", "modulus by zero"),
        ("0u - 1u", "unsigned integer overflow"),
        ("int(1e30)", "integer overflow"),
        ("1 + 1.0", "overload"),
        ("'a' < 1", "overload"),
        ("int('x')", "type conversion error"),
    ]);
}

#[test]
fn logic_yields_errors_to_what_decides() {
    all_true(&[
        "true || 1 / 0 == 1",
        "1 / 0 == 1 || true",
        "!(false && 1 / 0 == 1)",
        "!(1 / 0 == 1 && false)",
        "true ? true : 1 / 0 == 1",
        "[1, 0].exists(x, 1 / x == 1)",
        "!([0, 2].all(x, 2 / x == 2))",
        "dyn('a') != dyn(1)",
        "null == null && null != dyn(0)",
    ]);
    all_fail(&[
        ("false || 1 / 0 == 1", "division by zero"),
        ("1 / 0 == 1 && true", "division by zero"),
        ("[0, 1].all(x, 1 / x == 1)", "division by zero"),
        ("dyn(1) || false", "overload"),
        ("dyn(1) ? true : false", "overload"),
    ]);
}

#[test]
fn texts_and_bytes() {
    all_true(&[
        r"'a\n\x41\u00e9\101' == 'a\nAéA'",
        r"r'\d' == '\\d'",
        "'''a'b''' == \"a'b\"",
        "b'abc' == bytes('abc') && size(b'\\xff\\xfe') == 2",
        "size('héllo') == 5 && 'héllo'.size() == 5",
        "'tacocat'.contains('aco') && 'tacocat'.startsWith('taco') && 'tacocat'.endsWith('cat')",
        "'tacocat'.charAt(3) == 'o' && 'tacocat'.charAt(7) == ''",
        "'tacocat'.indexOf('c') == 2 && 'tacocat'.indexOf('c', 3) == 4 && 'tacocat'.indexOf('z') == -1",
        "'hello mellow'.indexOf('ello', 2) == 7 && 'hello mellow'.indexOf('') == 0",
        "'tacocat'.lastIndexOf('c') == 4 && 'hello mellow'.lastIndexOf('ello', 6) == 1 && 'hello mellow'.lastIndexOf('') == 12",
        "'TacoCat'.lowerAscii() == 'tacocat' && 'TacoCÆt Xii'.upperAscii() == 'TACOCÆT XII'",
        "'hello hello'.replace('he', 'we') == 'wello wello' && 'hello hello'.replace('he', 'we', 1) == 'wello hello'",
        "'hello hello'.replace('he', 'we', 0) == 'hello hello' && 'ab'.replace('', '_') == '_a_b_'",
        "'a b c'.split(' ') == ['a', 'b', 'c'] && 'a b c'.split(' ', 2) == ['a', 'b c']",
        "'a b c'.split(' ', 0) == [] && 'a b c'.split(' ', 1) == ['a b c'] && 'a b c'.split(' ', -1) == ['a', 'b', 'c']",
        "'abc'.split('') == ['a', 'b', 'c'] && 'abc'.split('', 2) == ['a', 'bc']",
        "'tacocat'.substring(4) == 'cat' && 'tacocat'.substring(0, 4) == 'taco' && 'ta©o'.substring(2, 3) == '©'",
        "'  \\ttrim\\n '.trim() == 'trim'",
        "['a', 'b'].join() == 'ab' && ['a', 'b'].join('-') == 'a-b' && [].join('x') == ''",
        r#"strings.quote('a "b"\n') == '"a \\"b\\"\\n"'"#,
        "'%s %d %.2f %e %b %x %X %o %%'.format(['a', 1, 3.14159, 1234.5, 5, 255, 255, 8]) == 'a 1 3.14 1.234500×10⁰³ 101 ff FF 10 %'",
        "'%s'.format([[1, 'a', {'k': 2.5}]]) == '[1, \"a\", {\"k\":2.500000}]'",
        "'%s %s %s'.format([null, true, duration('1h')]) == 'null true 3600s'",
        "'%x'.format(['hello']) == '68656c6c6f'",
    ]);
    all_fail(&[
        ("'abc'.charAt(4)", "index out of range: 4"),
        ("'abc'.substring(2, 1)", "invalid substring range"),
        ("'abc'.substring(4)", "index out of range"),
        (
            "'%d'.format(['a'])",
            "decimal clause can only be used on integers, was given string",
        ),
        ("'%s %s'.format(['a'])", "index 1 out of range"),
        ("dyn([1]).join()", "overload"),
    ]);
}

#[test]
fn lists_maps_and_comprehensions() {
    all_true(&[
        "[1, 2] + [3] == [1, 2, 3] && [1, 2][1] == 2",
        "{'a': 1, 'b': 2}.size() == 2 && 'a' in {'a': 1} && !('c' in {'a': 1})",
        "{'a': 1}.a == 1 && {'a': {'b': 2}}['a'].b == 2",
        "{'a': 1, 'a': 2} == {'a': 2}",
        "[1, 2, 3].filter(x, x > 1).map(x, x * 2) == [4, 6]",
        "[1, 2, 3].map(x, x > 1, x * 10) == [20, 30]",
        "[1, 2, 2].exists_one(x, x == 1) && ![1, 2, 2].existsOne(x, x == 2)",
        "{'a': 1, 'b': 2}.all(k, k in ['a', 'b']) && {'b': 1, 'a': 2}.map(k, k) == ['a', 'b']",
        "[].all(x, false) && ![].exists(x, true)",
        "[1, 2].all(x, [3, 4].all(y, x < y))",
        "[[1, 2], [3]].map(x, x.map(x, x + 1)) == [[2, 3], [4]]",
        "[5, 6].all(i, v, v == i + 5) && {'a': 'a'}.all(k, v, k == v)",
        "[5, 6].exists(i, v, i == 1 && v == 6) && [5, 6].existsOne(i, v, v == 5)",
        "[5, 6].transformList(i, v, v * i) == [0, 6] && [5, 6].transformList(i, v, i > 0, v) == [6]",
        "{'a': 1}.transformList(k, v, k) == ['a']",
        "{'a': 1, 'b': 2}.transformMap(k, v, v + 1) == {'a': 2, 'b': 3}",
        "['x'].transformMap(i, v, v) == {0: 'x'}",
        "{'a': 'x', 'b': 'y'}.transformMapEntry(k, v, {v: k}) == {'x': 'a', 'y': 'b'}",
        "[1, 2, 3].isSorted() && !['b', 'a'].isSorted() && [].isSorted()",
        "[1, 2].sum() == 3 && [1.5, 1.5].sum() == 3.0 && [].sum() == 0",
        "[duration('1m'), duration('1s')].sum() == duration('1m1s')",
        "[3, 1, 2].min() == 1 && ['a', 'c', 'b'].max() == 'c'",
        "[1, 2, 2, 3].indexOf(2) == 1 && [1, 2, 2, 3].lastIndexOf(2) == 2 && [1].indexOf(5) == -1",
        "[1, 2, 3, 4].slice(1, 3) == [2, 3]",
        "[[1], [2]].flatten() == [1, 2] && dyn([dyn(1), dyn([dyn(2), dyn([3])])]).flatten(2).size() == 3",
        "[1, 2, 2, 1].distinct() == [1, 2] && [3, 1, 2].sort() == [1, 2, 3] && [1, 2].reverse() == [2, 1]",
        "lists.range(3) == [0, 1, 2]",
        "[{'n': 2}, {'n': 1}].sortBy(e, e.n) == [{'n': 1}, {'n': 2}]",
        "sets.contains([1, 2, 3], [dyn(2), dyn(3.0)]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2])",
        "!sets.intersects([], [1]) && sets.contains([1], [])",
    ]);
    all_fail(&[
        ("[1][1]", "index out of bounds: 1"),
        ("[1][-1]", "index out of bounds: -1"),
        ("{'a': 1}.b", "no such key: b"),
        ("[].min()", "min called on empty list"),
        ("[1, 2].slice(1, 3)", "cannot slice"),
        ("dyn([dyn(1), dyn('a')]).sort()", "overload"),
        ("1.map(x, x)", "cannot be range of a comprehension"),
    ]);
}

#[test]
fn optional_values() {
    all_true(&[
        "!optional.none().hasValue() && optional.of(1).value() == 1",
        "object.?spec.?absent.orValue('d') == 'd' && object.?spec.replicas.orValue(0) == 3",
        "!object.?absent.deeper.still.hasValue()",
        "object.spec.containers[?0].name.orValue('') == 'one' && !object.spec.containers[?9].hasValue()",
        "{'a': 1}[?'b'].or(optional.of(2)).value() == 2",
        "optional.of(2).optMap(x, x * 2).value() == 4 && !optional.none().optMap(x, x).hasValue()",
        "optional.of(2).optFlatMap(x, optional.none()) == optional.none()",
        "[?optional.none(), ?optional.of(1)] == [1] && {?'a': optional.none()} == {}",
        "!optional.ofNonZeroValue('').hasValue() && optional.ofNonZeroValue('a').hasValue()",
        "has(object.?spec.replicas) && !has(object.?none.replicas)",
    ]);
    all_fail(&[("optional.none().value()", "optional.none() dereference")]);
}

#[test]
fn objects_are_read_in_place() {
    all_true(&[
        "object.kind == 'Pod' && object['kind'] == 'Pod'",
        "has(object.spec.paused) && !has(object.spec.absent) && has(object.spec.nothing)",
        "object.spec.nothing == null && object.spec.replicas == 3 && object.spec.ratio == 1.5",
        "object.spec.containers.all(c, c.image.contains(':'))",
        "object.spec.containers.map(c, c.name) == ['one', 'two']",
        "object.spec.containers[0].ports == [80, 443]",
        "object.metadata.labels == {'app': 'shop', 'a.b/c-d': 'x'}",
        "'app' in object.metadata.labels && object.metadata.labels.exists(k, object.metadata.labels[k] == 'shop')",
        "object.metadata.labels.a__dot__b__slash__c__dash__d == 'x'",
        "object.metadata.labels.`a.b/c-d` == 'x'",
        "request.operation == 'CREATE'",
    ]);
    all_fail(&[
        ("object.spec.absent", "no such key: absent"),
        ("object.kind.absent", "no such key: absent"),
        ("request.name", "no such key: name"),
    ]);
}

#[test]
fn kubernetes_libraries() {
    all_true(&[
        "quantity('1Gi') == quantity('1024Mi') && quantity('500m').isLessThan(quantity('1'))",
        "quantity('1').compareTo(quantity('2')) == -1 && quantity('2').isGreaterThan(quantity('1'))",
        "quantity('50k').add(20) == quantity('50020') && quantity('50k').sub(quantity('1k')) == quantity('49k')",
        "sign(quantity('1')) == 1 && sign(quantity('-1')) == -1 && sign(quantity('0')) == 0",
        "quantity('5').isInteger() && !quantity('50m').isInteger() && quantity('50k').asInteger() == 50000",
        "quantity('50m').asApproximateFloat() == 0.05 && isQuantity('1.3Gi') && !isQuantity('x')",
        "url('https://user@example.com:8443/a b/c?x=1&x=2&y=%20').getHost() == 'example.com:8443'",
        "url('https://[::1]:80/').getHostname() == '::1' && url('https://[::1]:80/').getPort() == '80'",
        "url('/path').getScheme() == '' && url('https://h/a b').getEscapedPath() == '/a%20b'",
        "url('https://h/?k=a&k=b&e').getQuery() == {'k': ['a', 'b'], 'e': ['']}",
        "isURL('https://a') && isURL('/a/b') && !isURL('a b') && !isURL('../a')",
        "'abc 123 45'.find('[0-9]+') == '123' && 'abc'.find('[0-9]+') == ''",
        "'123 abc 456'.findAll('[0-9]+') == ['123', '456'] && '123 abc 456'.findAll('[0-9]+', 1) == ['123']",
        r"'é1'.matches('^\\w') == false && 'AbC'.matches('(?i)abc') && matches('a]', '^[]a]+$')",
        r"'a.b'.matches('\\Qa.b\\E') && 'x&&y'.matches('^[&x]+y$') && 'x[y'.matches('^[x[]+y$')",
        "ip('192.168.0.1').family() == 4 && ip('::1').isLoopback() && string(ip('1.2.3.4')) == '1.2.3.4'",
        "isIP('127.0.0.1') && !isIP('::ffff:1.2.3.4') && !isIP('1.2.3') && ip.isCanonical('::1') && !ip.isCanonical('0:0::1')",
        "ip('169.254.1.1').isLinkLocalUnicast() && ip('224.0.0.1').isLinkLocalMulticast() && ip('8.8.8.8').isGlobalUnicast()",
        "!ip('127.0.0.1').isGlobalUnicast() && ip('0.0.0.0').isUnspecified()",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.1.2.3'))",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
        "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && cidr('10.1.2.3/8').ip() == ip('10.1.2.3')",
        "cidr('::/0').prefixLength() == 0 && string(cidr('10.0.0.0/8')) == '10.0.0.0/8' && !isCIDR('10.0.0.0/33')",
        "semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3",
        "semver('1.0.0-alpha').isLessThan(semver('1.0.0')) && semver('1.0.0-2').isLessThan(semver('1.0.0-10'))",
        "semver('v1.0', true) == semver('1.0.0') && semver('01.01.01', true) == semver('1.1.1') && !isSemver('v1.0.0')",
        "!format.dns1123Label().validate('my-name').hasValue() && format.dns1123Label().validate('My').hasValue()",
        "format.named('dns1123Subdomain').value().validate('a.b').hasValue() == false && !format.named('x').hasValue()",
        "!format.qualifiedName().validate('example.com/MyName').hasValue() && format.qualifiedName().validate('/a').hasValue()",
        "!format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue() && format.byte().validate('?').hasValue()",
        "!format.date().validate('2026-01-31').hasValue() && format.date().validate('2026-02-31').hasValue()",
        "!format.dns1035LabelPrefix().validate('a-').hasValue() && format.dns1035Label().validate('1a').hasValue()",
    ]);
    all_fail(&[
        ("quantity('x')", "quantities must match"),
        (
            "quantity('50m').asInteger()",
            "cannot convert value to integer",
        ),
        ("ip('1.2.3.4.5')", "parse error"),
        ("cidr('10.0.0.0/33')", "parse error"),
        ("semver('1.0')", "No Major.Minor.Patch"),
        ("url('a b')", "URL parse error"),
        ("object.kind.matches('(' + '')", "error parsing regexp"),
    ]);
}

#[test]
fn times() {
    all_true(&[
        "timestamp('2023-12-25T12:34:56.789Z').getFullYear() == 2023 && timestamp('2023-12-25T00:00:00Z').getMonth() == 11",
        "timestamp('2023-12-25T00:00:00Z').getDate() == 25 && timestamp('2023-12-25T00:00:00Z').getDayOfMonth() == 24",
        "timestamp('2023-12-25T00:00:00Z').getDayOfWeek() == 1 && timestamp('2023-12-25T00:00:00Z').getDayOfYear() == 358",
        "timestamp('2023-12-25T12:34:56.789Z').getMilliseconds() == 789 && timestamp('2023-12-25T23:30:00Z').getHours('+01:00') == 0",
        "timestamp('2023-12-25T00:00:00Z') + duration('1h') == timestamp('2023-12-25T01:00:00Z')",
        "timestamp('2023-12-25T01:00:00Z') - timestamp('2023-12-25T00:00:00Z') == duration('3600s')",
        "duration('1h30m') == duration('90m') && duration('90m').getHours() == 1 && duration('90m').getMinutes() == 90",
        "string(duration('1500ms')) == '1.5s' && duration('-1.5h') < duration('0')",
        "int(timestamp(10)) == 10 && timestamp('2020-01-01T00:00:00Z') < timestamp('2021-01-01T00:00:00Z')",
    ]);
    all_fail(&[
        ("duration(dyn('1'))", "google.protobuf.Duration"),
        ("timestamp(dyn('2023'))", "google.protobuf.Timestamp"),
    ]);
}
