using System.Net;
using Microsoft.AspNetCore.Http;

namespace Scheduler.Web.Security;

/// <summary>What only this machine reaches.</summary>
static class Loopback
{
    public static bool IsName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether an address that a server listens on, such as <c>http://[::]:8080</c>, is of that kind.</summary>
    public static bool IsAddress(string address)
    {
        var binding = BindingAddress.Parse(address);
        return binding.IsUnixPipe || binding.IsNamedPipe || IsName(binding.Host);
    }
}
