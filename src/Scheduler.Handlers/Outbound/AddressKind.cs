using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Scheduler.Handlers.Outbound;

/// <summary>Where an address leads.</summary>
enum AddressKind
{
    None = 0,
    /// <summary>To anybody.</summary>
    Public,
    /// <summary>To this machine.</summary>
    Loopback,
    /// <summary>Into a network that is not the internet.</summary>
    Private,
    /// <summary>To no server that anybody would mean: link-local (the metadata of a cloud's machine among them), multicast, unspecified, reserved.</summary>
    Never,
}

/// <summary>Tells addresses apart.</summary>
static class AddressKinds
{
    static readonly (IPNetwork Network, AddressKind Kind)[] networks =
    [
        // The metadata of clouds, where it does not stand at a link-local address: Azure, Alibaba, Oracle, AWS over IPv6.
        (IPNetwork.Parse("168.63.129.16/32"), AddressKind.Never),
        (IPNetwork.Parse("100.100.100.200/32"), AddressKind.Never),
        (IPNetwork.Parse("192.0.0.0/24"), AddressKind.Never),
        (IPNetwork.Parse("fd00:ec2::/32"), AddressKind.Never),
        (IPNetwork.Parse("0.0.0.0/8"), AddressKind.Never), // "this host": it reaches loopback
        (IPNetwork.Parse("169.254.0.0/16"), AddressKind.Never),
        (IPNetwork.Parse("224.0.0.0/3"), AddressKind.Never), // multicast, reserved, broadcast
        (IPNetwork.Parse("fe80::/10"), AddressKind.Never),
        (IPNetwork.Parse("ff00::/8"), AddressKind.Never),
        (IPNetwork.Parse("::/128"), AddressKind.Never),
        (IPNetwork.Parse("127.0.0.0/8"), AddressKind.Loopback),
        (IPNetwork.Parse("::1/128"), AddressKind.Loopback),
        (IPNetwork.Parse("10.0.0.0/8"), AddressKind.Private),
        (IPNetwork.Parse("172.16.0.0/12"), AddressKind.Private),
        (IPNetwork.Parse("192.168.0.0/16"), AddressKind.Private),
        (IPNetwork.Parse("100.64.0.0/10"), AddressKind.Private),
        (IPNetwork.Parse("198.18.0.0/15"), AddressKind.Private),
        (IPNetwork.Parse("fc00::/7"), AddressKind.Private),
        (IPNetwork.Parse("fec0::/10"), AddressKind.Private),
    ];

    /// <summary>Networks of IPv6 whose addresses lead to one of IPv4, and where in them that stands.</summary>
    static readonly (IPNetwork Network, int At)[] carriers =
    [
        (IPNetwork.Parse("::/96"), 12), (IPNetwork.Parse("::ffff:0:0:0/96"), 12), // compatible, translated
        (IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("64:ff9b:1::/48"), 12), (IPNetwork.Parse("2002::/16"), 2), // NAT64, 6to4
    ];

    public static AddressKind Of(IPAddress address)
    {
        if (address.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)) return AddressKind.Never;
        if (address.IsIPv4MappedToIPv6) return Of(address.MapToIPv4());
        if (address.AddressFamily == AddressFamily.InterNetworkV6) address = new(address.GetAddressBytes()); // without its zone
        foreach (var (network, kind) in networks)
            if (network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address)) return kind;
        return Carried(address) is { } carried ? Of(carried) : AddressKind.Public;
    }

    static IPAddress? Carried(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return null;
        var bytes = address.GetAddressBytes();
        foreach (var (network, at) in carriers)
            if (network.Contains(address)) return new(bytes.AsSpan(at, 4));
        // Teredo hides its client's address by turning the bits over.
        return bytes is [0x20, 0x01, 0, 0, ..] ? new(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(~BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(12))))) : null;
    }
}
