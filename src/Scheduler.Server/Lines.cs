namespace Scheduler.Server;

/// <summary>The log as people read it: one line each, with the time.</summary>
static class Lines
{
    public static ILoggingBuilder AddLines(this ILoggingBuilder logging) => logging
        // What keeps the host from starting is thrown as well, and told once, without its stack.
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
        .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff "));
}
