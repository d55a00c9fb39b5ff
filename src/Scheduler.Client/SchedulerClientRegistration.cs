using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Client;

/// <summary>Registers the client over HTTP.</summary>
public static class SchedulerClientRegistration
{
    /// <summary>Registers an <see cref="ISchedulerClient"/> that talks to the scheduler at <paramref name="address"/>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="address">The scheduler's root, such as <c>https://scheduler.example</c>; a path below which it stands may follow.</param>
    /// <param name="apiKey">What the scheduler's setting <c>Scheduler:ApiKey</c> says; null where it is not set.</param>
    /// <exception cref="ArgumentException"><paramref name="address"/> is not an absolute address of HTTP, or <paramref name="apiKey"/> is not visible ASCII.</exception>
    public static IServiceCollection AddSchedulerClient(this IServiceCollection services, Uri address, string? apiKey = null)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
            throw new ArgumentException($"expected an address such as https://scheduler.example, got \"{address}\"", nameof(address));
        if (apiKey is not null && !apiKey.All(letter => letter is > ' ' and < '\x7f'))
            throw new ArgumentException("expected visible ASCII characters, got others", nameof(apiKey));
        return services.AddSingleton<ISchedulerClient>(_ => new HttpSchedulerClient(Http(address, apiKey)));
    }

    static HttpClient Http(Uri address, string? apiKey)
    {
        // It lives as long as the application: connections are made anew now and then, so that a changed DNS entry is seen.
        var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), AllowAutoRedirect = false })
        {
            BaseAddress = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/"),
        };
        if (apiKey is not null) http.DefaultRequestHeaders.Add("X-Api-Key", apiKey);
        return http;
    }
}
