using System.Net;
using System.Net.Sockets;

namespace Scheduler.Handlers.Outbound;

/// <summary>A call would lead where the settings do not let it.</summary>
/// <param name="message">Which address, and which setting.</param>
public sealed class OutboundRefusedException(string message) : Exception(message);

/// <summary>
/// What calls that the scheduler makes may reach. Literal addresses are checked when a task is defined, and each address that a name
/// resolves to when a connection is made, so that a name that changes its mind gains nothing. Redirects, proxies and cookies are not followed, asked or kept.
/// </summary>
/// <param name="settings">What is allowed.</param>
public sealed class OutboundPolicy(OutboundSettings settings) : IDisposable
{
    const int LongestUrl = 2000;

    readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve = Dns.GetHostAddressesAsync;

    HttpMessageInvoker? http;

    /// <summary>With names that resolve as a test says.</summary>
    internal OutboundPolicy(OutboundSettings settings, Func<string, CancellationToken, Task<IPAddress[]>> resolve) : this(settings) => this.resolve = resolve;

    /// <summary>What is allowed.</summary>
    public OutboundSettings Settings => settings;

    /// <summary>The one way out. It throws <see cref="OutboundRefusedException"/>, wrapped in a <see cref="HttpRequestException"/>, where an address is not allowed.</summary>
    public HttpMessageInvoker Http => LazyInitializer.EnsureInitialized(ref http, Create);

    /// <summary>Why an address is not reached; null where it is.</summary>
    /// <param name="address">An address, as a name resolved to it or as it was written.</param>
    public string? Refuses(IPAddress address) => AddressKinds.Of(address) switch
    {
        AddressKind.Loopback when !settings.AllowLoopback => $"expected an address that is not this machine (Scheduler:Outbound:AllowLoopback is off), got {address}",
        AddressKind.Private when !settings.AllowPrivate => $"expected an address that is not private (Scheduler:Outbound:AllowPrivate is off), got {address}",
        AddressKind.Never => $"expected an address of a server, got {address}, which is link-local, multicast or reserved",
        _ => null,
    };

    /// <summary>What is wrong with a URL, as far as can be said without resolving its name; null where nothing is.</summary>
    /// <param name="url">The URL.</param>
    public string? Refuses(string? url)
    {
        if (url is null or { Length: 0 or > LongestUrl }) return $"expected a URL of 1 to {LongestUrl} characters, got {url?.Length ?? 0}";
        if (url.Any(each => each is <= ' ' or > '~' or '\\') || !Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return "expected an absolute URL in ASCII such as \"https://example.com/batches\", got something else";
        if (uri.Scheme is not ("http" or "https")) return $"expected http or https, got {uri.Scheme}";
        if (uri.UserInfo.Length > 0 || url.AsSpan(0, url.AsSpan().IndexOfAny("?#") is var end and >= 0 ? end : url.Length).Contains('@')) return "expected no user name or password in the URL, got some; send a header with a {secret:name}";
        if (uri.Fragment.Length > 0) return "expected no fragment (#…), got one";
        var host = uri.IdnHost.TrimEnd('.');
        if (host.Length == 0) return "expected a host, got none";
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal)) return Refuses(literal);
        return host is "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal) ? Refuses(IPAddress.Loopback) : null;
    }

    /// <summary>The URL without what may be secret in it, for messages.</summary>
    public static string Shown(Uri url) => $"{url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)}{(url.Query.Length > 0 ? "?…" : "")}";

    /// <inheritdoc/>
    public void Dispose() => http?.Dispose();

    HttpMessageInvoker Create() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false, // the address that is checked is the one that is reached
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = settings.ConnectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2), // so that a name that moves is followed
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4), // some servers close after five
        MaxResponseHeadersLength = 32,
        ActivityHeadersPropagator = null,
        ConnectCallback = async (context, cancellationToken) => await ConnectAsync(context.DnsEndPoint, cancellationToken),
    });

    async Task<Stream> ConnectAsync(DnsEndPoint to, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(to.Host, out var literal) ? [literal] : await resolve(to.Host, cancellationToken);
        var allowed = addresses.Where(address => Refuses(address) is null).ToArray();
        if (allowed.Length == 0)
            throw new OutboundRefusedException(addresses.Length == 0 ? $"{to.Host}: expected an address, got none" : $"{to.Host}: {Refuses(addresses[0])}");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
