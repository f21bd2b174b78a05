"""Where a webhook may lead, judged by the URL alone and by a resolved address."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.special_addresses import IPV4, IPV4_MULTICAST, IPV6, IPV6_MULTICAST, is_special
from shared.webhook_targets import PORTS, BadTarget, allowed, check_address, check_url

NONE = allowed(())


@pytest.mark.parametrize(
    "url",
    [
        "https://agency.example/imc",
        "https://agency.example",
        "https://hooks.agency.example:8443/a/b?c=d",
        "https://xn--fsq.example/",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]/hook",
        "HTTPS://Agency.Example/imc",
    ],
)
def test_public_https_is_taken(url: str) -> None:
    assert check_url(url, NONE).scheme == "https"


@pytest.mark.parametrize(
    "url",
    [
        "http://agency.example/imc",
        "ftp://agency.example/imc",
        "//agency.example/imc",
        "https://",
        "https:///path",
        "https://localhost/x",
        "https://app.localhost/x",
        "https://printer.local/x",
        "https://intranet/x",
        "https://metadata.google.internal/",
        "https://127.0.0.1/x",
        "https://127.0.0.1./x",
        "https://10.1.2.3/x",
        "https://172.16.0.1/x",
        "https://192.168.1.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[fe80::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fd00::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://user:word@agency.example/",
        "https://@agency.example/",
        "https://agency.example/#part",
        "https://agency.example:0/",
        "https://agency.example:99999/",
        "https://agency.example:port/",
        "https://agency .example/",
        "https://agency.example\\@10.0.0.1/",
        "https://agency.example/\n",
        "https://例え.example/",
        "https://-agency.example/",
        "https://a..example/",
        "https://[::1",
        "https://" + "a" * 2050 + ".example/",
        "",
        "javascript:alert(1)",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(BadTarget, match="expected"):
        check_url(url, NONE)


def test_named_hosts_and_networks_are_exempt() -> None:
    exempt = allowed(["127.0.0.1:9000", "agency", "10.0.0.0/8", "[::1]:80"])
    assert check_url("http://127.0.0.1:9000/x", exempt).port == 9000
    assert check_url("http://agency/x", exempt).port == 80
    assert check_url("http://10.2.3.4:1234/x", exempt).host == "10.2.3.4"
    assert check_url("http://[::1]/x", exempt).host == "::1"
    for url in ("http://127.0.0.1:9001/x", "http://other/x", "https://192.168.0.1/", "http://[::1]:81/"):
        with pytest.raises(BadTarget):
            check_url(url, exempt)


def test_a_name_that_resolves_inside_is_refused_when_sending() -> None:
    for inside in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1", "64:ff9b::a00:1"):
        with pytest.raises(BadTarget):
            check_address(ip_address(inside), "agency.example", 443, NONE)
    check_address(ip_address("8.8.8.8"), "agency.example", 443, NONE)
    check_address(ip_address("10.0.0.1"), "agency.example", 443, allowed(["agency.example:443"]))
    check_address(ip_address("10.0.0.1"), "agency.example", 443, allowed(["10.0.0.0/24"]))


@pytest.mark.parametrize("entry", ["http://x", "10.0.0.0/99", "a b", "host:0", "host:70000", "", "host:"])
def test_a_malformed_exemption_is_named(entry: str) -> None:
    with pytest.raises(ValueError):
        allowed([entry])


@pytest.mark.parametrize("row", [*IPV4, *IPV6, *IPV4_MULTICAST, *IPV6_MULTICAST])
def test_every_row_of_the_registries_is_refused_at_entry_and_when_sending(row: str) -> None:
    network = ip_network(row)
    for address in (network[0], network[-1], network[network.num_addresses // 2]):
        with pytest.raises(BadTarget):
            check_address(address, "agency.example", 443, NONE)
        host = f"[{address}]" if address.version == 6 else str(address)
        with pytest.raises(BadTarget):
            check_url(f"https://{host}/hook", NONE)


@given(st.ip_addresses(v=6))
def test_no_ipv6_outside_global_unicast_is_public(address: object) -> None:
    """Also what no registry names yet: IPv4-translated, site-local, unassigned."""
    assert is_special(address) or address in IPv6Network("2000::/3")  # type: ignore[arg-type, operator]


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_special_too(address: object) -> None:
    if not address.is_global or address.is_multicast:  # type: ignore[attr-defined]
        assert is_special(address)  # type: ignore[arg-type]


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}", "64:ff9b:1::{}", "::{}", "::ffff:0:{}"]))
def test_an_ipv4_address_inside_an_ipv6_one_is_refused_whichever_it_is(address: object, form: str) -> None:
    with pytest.raises(BadTarget):
        check_address(ip_address(form.format(address)), "agency.example", 443, NONE)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "192.0.1.1", "198.20.0.1", "100.128.0.1", "223.255.255.254", "2606:4700::1111",
                "2400:cb00::1", "2a00:1450:4009::1", "2001:200::1", "2001:4860:4860::8888", "3ffe::1"],
)  # fmt: skip
def test_neighbours_of_the_rows_are_public(address: str) -> None:
    check_address(ip_address(address), "agency.example", 443, NONE)


@pytest.mark.parametrize(
    "port", [1, 22, 25, 80, 88, 444, 465, 587, 2375, 5432, 5671, 6379, 8080, 8442, 9443, 27017, 65535]
)
def test_a_port_nobody_serves_webhooks_on_is_refused_but_where_it_is_named(port: int) -> None:
    for host in ("agency.example", "8.8.8.8", "[2606:4700::1111]"):
        with pytest.raises(BadTarget, match="expected port 443 or 8443"):
            check_url(f"https://{host}:{port}/", NONE)
    assert check_url(f"https://agency.example:{port}/", allowed([f"agency.example:{port}"])).port == port
    assert check_url(f"https://8.8.8.8:{port}/", allowed(["8.8.8.0/24"])).port == port


def test_the_ports() -> None:
    assert [check_url(f"https://agency.example:{port}/", NONE).port for port in PORTS] == [443, 8443]
    assert all(IPv4Network(row) for row in IPV4)
