using System.Net;
using Microsoft.AspNetCore.Http;
using Scheduler.Silo;

namespace Scheduler.Cluster.Tests.Program;

/// <summary>Orleans' dashboard asks for no key: it is for this machine alone.</summary>
public sealed class DashboardTests
{
    [Theory]
    [InlineData("127.0.0.1", "localhost:5080", null, null)]
    [InlineData("::1", "[::1]:5080", null, null)]
    [InlineData("10.0.0.7", "localhost:5080", null, 404)]
    [InlineData("127.0.0.1", "evil.example", null, 403)]
    [InlineData("127.0.0.1", "10.0.0.1:5080", null, 403)]
    [InlineData("127.0.0.1", "localhost:5080", "X-Forwarded-For", 404)]
    [InlineData("127.0.0.1", "localhost:5080", "Forwarded", 404)]
    [InlineData("127.0.0.1", "localhost:5080", "Via", 404)]
    public void It_is_shown_to_who_asks_from_this_machine_by_its_own_name(string from, string host, string? header, int? refusal)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(from);
        context.Request.Host = new(host);
        if (header is not null) context.Request.Headers[header] = "8.8.8.8";
        Assert.Equal(refusal, SiloDashboard.Refusal(context));
    }
}
