"""Addresses that no server on the public internet has: IANA's special-purpose registries, and multicast, as data.

`ipaddress` follows the registries of the Python it comes with: that of 3.11 knows neither 192.0.0.0/24 as a whole nor 6to4,
3fff::/20 or 5f00::/16, and calls a row that is *globally reachable* public, though only an anycast relay or a sink answers there.
Every row is included, whatever its columns say; an address in none of them is public if it is IPv4, or global unicast IPv6.

https://www.iana.org/assignments/iana-ipv4-special-registry · https://www.iana.org/assignments/iana-ipv6-special-registry
https://www.iana.org/assignments/ipv6-address-space (2000::/3 alone is global unicast) · multicast: RFC 5771, RFC 4291
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IPV4 = {
    "0.0.0.0/8": "this network (RFC 791)",
    "0.0.0.0/32": "this host on this network (RFC 1122)",
    "10.0.0.0/8": "private use (RFC 1918)",
    "100.64.0.0/10": "shared address space of carriers (RFC 6598)",
    "127.0.0.0/8": "loopback (RFC 1122)",
    "169.254.0.0/16": "link local (RFC 3927)",
    "172.16.0.0/12": "private use (RFC 1918)",
    "192.0.0.0/24": "IETF protocol assignments (RFC 6890)",
    "192.0.0.0/29": "IPv4 service continuity prefix (RFC 7335)",
    "192.0.0.8/32": "IPv4 dummy address (RFC 7600)",
    "192.0.0.9/32": "port control protocol anycast (RFC 7723)",
    "192.0.0.10/32": "traversal using relays around NAT anycast (RFC 8155)",
    "192.0.0.170/32": "NAT64/DNS64 discovery (RFC 8880)",
    "192.0.0.171/32": "NAT64/DNS64 discovery (RFC 8880)",
    "192.0.2.0/24": "documentation, TEST-NET-1 (RFC 5737)",
    "192.31.196.0/24": "AS112-v4 (RFC 7535)",
    "192.52.193.0/24": "AMT (RFC 7450)",
    "192.88.99.0/24": "6to4 relay anycast, deprecated (RFC 7526)",
    "192.168.0.0/16": "private use (RFC 1918)",
    "192.175.48.0/24": "direct delegation AS112 service (RFC 7534)",
    "198.18.0.0/15": "benchmarking (RFC 2544)",
    "198.51.100.0/24": "documentation, TEST-NET-2 (RFC 5737)",
    "203.0.113.0/24": "documentation, TEST-NET-3 (RFC 5737)",
    "240.0.0.0/4": "reserved (RFC 1112)",
    "255.255.255.255/32": "limited broadcast (RFC 919)",
}
IPV6 = {
    "::1/128": "loopback (RFC 4291)",
    "::/128": "unspecified (RFC 4291)",
    "::ffff:0:0/96": "IPv4-mapped (RFC 4291)",
    "64:ff9b::/96": "IPv4-IPv6 translation, NAT64 (RFC 6052)",
    "64:ff9b:1::/48": "IPv4-IPv6 translation, local use (RFC 8215)",
    "100::/64": "discard only (RFC 6666)",
    "100:0:0:1::/64": "dummy prefix (RFC 9780)",
    "2001::/23": "IETF protocol assignments (RFC 2928)",
    "2001::/32": "Teredo (RFC 4380)",
    "2001:1::1/128": "port control protocol anycast (RFC 7723)",
    "2001:1::2/128": "traversal using relays around NAT anycast (RFC 8155)",
    "2001:1::3/128": "DNS-SD service registration anycast (RFC 9665)",
    "2001:2::/48": "benchmarking (RFC 5180)",
    "2001:3::/32": "AMT (RFC 7450)",
    "2001:4:112::/48": "AS112-v6 (RFC 7535)",
    "2001:10::/28": "ORCHID, deprecated (RFC 4843)",
    "2001:20::/28": "ORCHIDv2 (RFC 7343)",
    "2001:30::/28": "drone remote identification (RFC 9374)",
    "2001:db8::/32": "documentation (RFC 3849)",
    "2002::/16": "6to4 (RFC 3056)",
    "2620:4f:8000::/48": "direct delegation AS112 service (RFC 7534)",
    "3fff::/20": "documentation (RFC 9637)",
    "5f00::/16": "segment routing SIDs (RFC 9602)",
    "fc00::/7": "unique local (RFC 4193)",
    "fe80::/10": "link local (RFC 4291)",
}
IPV4_MULTICAST = {"224.0.0.0/4": "multicast (RFC 5771)"}
IPV6_MULTICAST = {"ff00::/8": "multicast (RFC 4291)"}

_IPV4 = [IPv4Network(row) for row in (*IPV4, *IPV4_MULTICAST)]
_IPV6 = [IPv6Network(row) for row in (*IPV6, *IPV6_MULTICAST)]
_GLOBAL_UNICAST = IPv6Network("2000::/3")


def is_special(address: IPv4Address | IPv6Address) -> bool:
    """Whether no server on the public internet has this address; an IPv6 address that embeds an IPv4 address is special as such."""
    if isinstance(address, IPv4Address):
        return any(address in row for row in _IPV4)
    return address not in _GLOBAL_UNICAST or any(address in row for row in _IPV6)


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The text as an address; None where it is something else, such as a host name."""
    try:
        return ip_address(text)
    except ValueError:
        return None
