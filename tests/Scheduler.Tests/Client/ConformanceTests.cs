using Scheduler.Client;
using Scheduler.Conformance.Clients;
using Scheduler.Tests.Fakes;
using Scheduler.Tests.Web;

namespace Scheduler.Tests.Client;

/// <summary>The suite on the fake: what it asks can be done.</summary>
public sealed class FakeSchedulerConformance : ClientConformance
{
    protected override Task<ISchedulerClient> OpenAsync() => Task.FromResult<ISchedulerClient>(new FakeScheduler());
}

/// <summary>The suite through the client, a real connection and the HTTP interface: nothing is lost on the way.</summary>
public sealed class HttpSchedulerClientConformance : ClientConformance
{
    WebServer? server;

    protected override async Task<ISchedulerClient> OpenAsync()
    {
        server = await WebServer.StartAsync();
        return new HttpSchedulerClient(server.Http);
    }

    public override async Task DisposeAsync() => await server!.DisposeAsync();
}
