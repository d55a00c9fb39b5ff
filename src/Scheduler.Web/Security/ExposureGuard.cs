using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace Scheduler.Web.Security;

/// <summary>
/// Stops an application that other machines can reach and that asks for no key. Which addresses a server listens on is known only once it does;
/// until then <see cref="KeyCheck"/> serves nobody but loopback.
/// </summary>
sealed class ExposureGuard(IServer server, ConfiguredKey key) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var exposed = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(address => !Loopback.IsAddress(address));
        return exposed is null || key.IsSet ? Task.CompletedTask
            : throw new InvalidOperationException($"{exposed} can be reached from other machines: expected an API key in the setting {ConfiguredKey.Setting} (environment {ConfiguredKey.Setting.Replace(":", "__")}), got none. Set one, or listen on http://localhost alone.");
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
