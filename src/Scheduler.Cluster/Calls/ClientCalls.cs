using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster.Calls;

/// <summary>Makes the calls of clients elsewhere on this silo's own client, by the member's name and its parameters'.</summary>
sealed class ClientCalls(IServiceProvider services)
{
    static readonly FrozenDictionary<string, MethodInfo> members = typeof(ISchedulerClient).GetMethods().ToFrozenDictionary(member => member.Name, StringComparer.Ordinal);

    static readonly MethodInfo valueOf = typeof(ClientCalls).GetMethod(nameof(ValueOfAsync), BindingFlags.Static | BindingFlags.NonPublic)!;

    ISchedulerClient Client => services.GetRequiredService<ISchedulerClient>();

    /// <summary>Makes a call and answers it; what cannot be done is an answer too.</summary>
    public async Task<Envelope> AnswerAsync(Envelope envelope, CancellationToken stop)
    {
        try
        {
            var (member, arguments) = Read(envelope, stop);
            var made = (Task)Make(member, arguments)!;
            var value = member.ReturnType.IsGenericType
                ? await (Task<JsonElement>)valueOf.MakeGenericMethod(member.ReturnType.GetGenericArguments()).Invoke(null, [made])!
                : await WithoutValueAsync(made);
            return Envelope.Of(new Answer<JsonElement?>(value));
        }
        catch (SchedulerException refusal)
        {
            return Refused(refusal);
        }
        catch (JsonException unread)
        {
            return Refused(new(SchedulerErrorKind.Unavailable, $"expected a call that this silo knows: {unread.Message}"));
        }
    }

    /// <summary>As <see cref="AnswerAsync"/>; the one answer ends the stream.</summary>
    public async IAsyncEnumerable<Envelope> RunAsync(Envelope envelope, [EnumeratorCancellation] CancellationToken stop)
    {
        yield return await AnswerAsync(envelope, stop);
    }

    /// <summary>Makes a call whose answer is a stream. Why it ends before its time is its last item.</summary>
    public async IAsyncEnumerable<Envelope> WatchAsync(Envelope envelope, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var items = Items(envelope, stop).GetAsyncEnumerator(stop);
        while (true)
        {
            Envelope item;
            try
            {
                if (!await items.MoveNextAsync()) yield break;
                item = Envelope.Of(new Answer<JsonElement?>(items.Current));
            }
            catch (SchedulerException refusal)
            {
                item = Refused(refusal);
            }
            yield return item;
        }
    }

    async IAsyncEnumerable<JsonElement> Items(Envelope envelope, [EnumeratorCancellation] CancellationToken stop)
    {
        var (member, arguments) = Read(envelope, stop);
        var type = member.ReturnType.GetGenericArguments()[0];
        await foreach (var each in ((IAsyncEnumerable<object>)Make(member, arguments)!).WithCancellation(stop)) yield return WireJson.WriteElement(each, type);
    }

    static (MethodInfo Member, Func<ParameterInfo, object?> Arguments) Read(Envelope envelope, CancellationToken stop)
    {
        var call = envelope.Open<Call>();
        if (!members.TryGetValue(call.Method, out var member)) throw new SchedulerException(SchedulerErrorKind.Unavailable, $"expected a call that this silo knows, got \"{call.Method}\"; a newer client sent it");
        return (member, parameter => parameter.ParameterType == typeof(CancellationToken) ? stop
            : call.Arguments.TryGetValue(parameter.Name!, out var json) ? WireJson.Read(json, parameter.ParameterType)
            : parameter.HasDefaultValue ? parameter.DefaultValue : null);
    }

    object? Make(MethodInfo member, Func<ParameterInfo, object?> argument)
    {
        try
        {
            return member.Invoke(Client, [.. member.GetParameters().Select(argument)]);
        }
        catch (TargetInvocationException thrown) when (thrown.InnerException is { } inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }

    static async Task<JsonElement> ValueOfAsync<T>(Task<T> made) => WireJson.WriteElement(await made, typeof(T));

    static async Task<JsonElement?> WithoutValueAsync(Task made)
    {
        await made;
        return null;
    }

    static Envelope Refused(SchedulerException refusal) => Envelope.Of(new Answer<JsonElement?>(null, Failure.Of(refusal)));
}
