using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Scheduler.Server;

/// <summary>Where clients find this server: what a server on standby names.</summary>
static class ReachableAddress
{
    /// <summary>Takes the setting <c>Scheduler:Address</c>, or else what the server listens on, which is known once it does.</summary>
    public static void TellAddress(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<SchedulerOptions>>().Value;
        if (app.Configuration["Scheduler:Address"] is { Length: > 0 } address) options.Address = address;
        else app.Lifetime.ApplicationStarted.Register(() =>
        {
            if (app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } listening)
                options.Address = Named(BindingAddress.Parse(listening));
        });
    }

    /// <summary>An address that stands for every one of this machine is no use to another.</summary>
    static string Named(BindingAddress address) =>
        address.Host is "*" or "+" or "[::]" or "0.0.0.0" ? $"{address.Scheme}://{Environment.MachineName}:{address.Port}" : $"{address.Scheme}://{address.Host}:{address.Port}";
}
