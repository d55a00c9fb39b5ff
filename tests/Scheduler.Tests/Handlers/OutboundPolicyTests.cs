using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Handlers.Outbound;

namespace Scheduler.Tests.Handlers;

public sealed class OutboundPolicyTests
{
    const string Loopback = "AllowLoopback is off", Private = "AllowPrivate is off", Never = "link-local, multicast or reserved";

    public static TheoryData<string, string> Refused => new()
    {
        { "http://127.0.0.1/", Loopback },
        { "http://127.255.0.9:8080/", Loopback },
        { "http://2130706433/", Loopback },
        { "http://0x7f000001/", Loopback },
        { "http://0x7f.1/", Loopback },
        { "http://0177.0.0.1/", Loopback },
        { "http://127.1/", Loopback },
        { "http://[::1]/", Loopback },
        { "http://[::ffff:127.0.0.1]/", Loopback },
        { "http://[::ffff:7f00:1]/", Loopback },
        { "http://[::127.0.0.1]/", Loopback },
        { "http://[64:ff9b::7f00:1]/", Loopback },
        { "http://[2002:7f00:1::]/", Loopback },
        { "http://localhost/", Loopback },
        { "http://LOCALHOST./", Loopback },
        { "https://a.localhost/", Loopback },
        { "http://10.1.2.3/", Private },
        { "http://172.16.0.1/", Private },
        { "http://172.31.255.255/", Private },
        { "http://192.168.1.1/", Private },
        { "http://100.64.0.1/", Private },
        { "http://[fc00::1]/", Private },
        { "http://[::ffff:10.0.0.1]/", Private },
        { "http://0.0.0.0/", Never },
        { "http://0/", Never },
        { "http://[::]/", Never },
        { "http://169.254.169.254/latest/meta-data/", Never },
        { "http://2852039166/", Never },
        { "http://[::ffff:169.254.169.254]/", Never },
        { "http://[fe80::1]/", Never },
        { "http://[fd00:ec2::254]/", Never },
        { "http://100.100.100.200/", Never },
        { "http://168.63.129.16/", Never },
        { "http://224.0.0.1/", Never },
        { "http://255.255.255.255/", Never },
        { "http://[ff02::1]/", Never },
        { "ftp://example.com/", "expected http or https, got ftp" },
        { "file:///etc/passwd", "expected http or https, got file" },
        { "javascript:alert(1)", "expected http or https, got javascript" },
        { "//example.com/", "expected" },
        { "/batch", "expected" },
        { "example.com", "expected an absolute URL" },
        { "", "expected a URL of 1 to 2000 characters, got 0" },
        { "http://user:pass@example.com/", "expected no user name or password" },
        { "http://@example.com/", "expected no user name or password" },
        { "http://example.com/#part", "expected no fragment" },
        { "http://１２７.０.０.１/", "expected an absolute URL in ASCII" }, // full-width digits
        { "http://exa mple.com/", "expected an absolute URL" },
        { "http://example.com\\@evil/", "expected an absolute URL" },
        { "http://example.com/\r\nX: 1", "expected an absolute URL" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void An_address_that_is_written_out_is_refused(string url, string because)
    {
        using var policy = new OutboundPolicy(new());
        Assert.Contains(because, policy.Refuses(url));
    }

    [Theory]
    [InlineData("http://example.com/")]
    [InlineData("https://example.com:8443/a/b?c=d@e")]
    [InlineData("http://93.184.216.34/")]
    [InlineData("http://[2606:2800:220:1::]/")]
    [InlineData("http://172.32.0.1/")]
    [InlineData("http://127.example.com/")]
    public void Others_are_not(string url)
    {
        using var policy = new OutboundPolicy(new());
        Assert.Null(policy.Refuses(url));
    }

    [Fact]
    public void Each_setting_allows_its_own_and_no_more()
    {
        using var loopback = new OutboundPolicy(new() { AllowLoopback = true });
        using var inside = new OutboundPolicy(new() { AllowPrivate = true });
        string?[] refused = [loopback.Refuses("http://localhost/"), loopback.Refuses("http://10.0.0.1/"), loopback.Refuses("http://169.254.169.254/"), inside.Refuses("http://10.0.0.1/"), inside.Refuses("http://127.0.0.1/"), inside.Refuses("http://[fe80::1]/")];
        Assert.Equal([true, false, false, true, false, false], refused.Select(each => each is null));
    }

    [Fact]
    public async Task A_name_is_judged_by_what_it_resolves_to_when_the_connection_is_made()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        foreach (var address in (string[])["127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "10.0.0.1"])
        {
            using var policy = new OutboundPolicy(new(), (_, _) => Task.FromResult(new[] { IPAddress.Parse(address) }));
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://shop.example:{((IPEndPoint)listener.LocalEndpoint).Port}/");
            var failure = await Assert.ThrowsAsync<HttpRequestException>(() => policy.Http.SendAsync(request, CancellationToken.None));
            Assert.StartsWith("shop.example: expected an address", Assert.IsType<OutboundRefusedException>(failure.InnerException).Message);
        }
        using var real = new OutboundPolicy(new()); // and as this machine's resolver says
        using var local = new HttpRequestMessage(HttpMethod.Post, $"http://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        Assert.IsType<OutboundRefusedException>((await Assert.ThrowsAsync<HttpRequestException>(() => real.Http.SendAsync(local, CancellationToken.None))).InnerException);
        Assert.False(listener.Pending()); // nobody knocked
    }

    [Fact]
    public async Task A_definition_whose_name_turns_out_to_be_this_machine_fails_without_a_retry()
    {
        using var sources = new Sources().Run("main", "CREATE TABLE rental (rental_id INTEGER PRIMARY KEY); INSERT INTO rental VALUES (1);");
        await using var receiver = await Receiver.StartAsync();
        var policy = new OutboundPolicy(new(), (_, _) => Task.FromResult(new[] { IPAddress.Loopback }));
        await using var host = await Sources.StartAsync(services => services.AddSingleton(policy), ("Connections:shop:Dialect", "sqlite"), ("Connections:shop:ConnectionString", sources.ConnectionString));
        var url = $"http://shop.example:{new Uri(receiver.Url).Port}/batch?token=s3cret";
        Assert.Equal(ExecutionStatus.Failed, (await host.RunAsync(Sources.Define(url))).Status);
        var shard = (await host.Client.ListShardsAsync("rentals", new())).Items.Single();
        Assert.Equal($"row 1: POST http://shop.example:{new Uri(url).Port}/batch?…: shop.example: expected an address that is not this machine (Scheduler:Outbound:AllowLoopback is off), got 127.0.0.1", shard.Error);
        Assert.Equal(1, shard.Attempt);
        Assert.Empty(receiver.Arrived);
    }
}
