using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Scheduler.Cluster.Grains;
using Scheduler.Cluster.State;
using Scheduler.Cluster.Wire;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;
using Scheduler.Tests.Kept;

namespace Scheduler.Cluster.Tests.Wire;

/// <summary>Every kind of message, as older programs have sent it.</summary>
public sealed class WireSamplesTests
{
    [Fact]
    public void What_older_silos_tell_entities_is_understood()
    {
        var samples = KeptSamples.Of("command-samples.json");
        Commands<TaskCommand>();
        Commands<ExecutionCommand>();
        Commands<ShardCommand>();
        Commands<TenantCommand>();
        samples.Finish();

        void Commands<TCommand>() where TCommand : class
        {
            foreach (var kind in typeof(TCommand).GetCustomAttributes<JsonDerivedTypeAttribute>())
                samples.Check($"{typeof(TCommand).Name}.{kind.TypeDiscriminator}", Text((TCommand)FullValue.Of(kind.DerivedType)), Again<TCommand>);
        }
    }

    [Fact]
    public void What_older_silos_answer_and_hand_over_is_understood()
    {
        var samples = KeptSamples.Of("answer-samples.json");
        State<TaskState>();
        State<ExecutionState>();
        State<ShardState>();
        State<TenantState>();
        foreach (var type in Members.Select(ResultOf).OfType<Type>().Distinct().OrderBy(type => type.ToString(), StringComparer.Ordinal))
            samples.Check($"client {NameOf(type)}", Text(new Answer<JsonElement?>(WireJson.WriteElement(FullValue.Of(type), type), FullValue.Of<Failure>())), text =>
            {
                var answer = Read<Answer<JsonElement?>>(text);
                return Text(answer with { Value = WireJson.WriteElement(WireJson.Read(answer.Value!.Value, type), type) });
            });
        samples.Check("event of another silo", Text(FullValue.Of<SchedulerEvent>()), Again<SchedulerEvent>);
        samples.Finish();

        void State<TState>() where TState : class
        {
            samples.Check($"row {typeof(TState).Name}", Text(FullValue.Of<TState>()), Again<TState>); // of a grain that migrates
            samples.Check($"told {typeof(TState).Name}", Text(FullValue.Of<Answer<Told<TState>>>()), Again<Answer<Told<TState>>>);
        }
    }

    [Fact]
    public void What_older_clients_ask_is_understood()
    {
        var samples = KeptSamples.Of("call-samples.json");
        foreach (var member in Members)
        {
            var parameters = member.GetParameters().Where(each => each.ParameterType != typeof(CancellationToken)).ToDictionary(each => each.Name!, each => each.ParameterType);
            var full = new Call(member.Name, parameters.ToDictionary(each => each.Key, each => WireJson.WriteElement(FullValue.Of(each.Value), Nullable.GetUnderlyingType(each.Value) ?? each.Value))) { Tenant = "text" };
            samples.Check(member.Name, Text(full), text =>
            {
                var call = Read<Call>(text);
                // An argument that the member does not have would be passed over without a word.
                var understood = call.Arguments.Where(each => parameters.ContainsKey(each.Key)).ToDictionary(each => each.Key, each => WireJson.WriteElement(WireJson.Read(each.Value, parameters[each.Key]), parameters[each.Key]));
                return Text(call with { Arguments = understood });
            });
        }
        samples.Finish();
    }

    [Fact]
    public void The_frames_in_which_messages_travel_are_as_they_were()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var samples = KeptSamples.Of("frame-samples.json");
        Frame("envelope", Envelope.From("""{"$type":"woken"}"""u8.ToArray(), 7), read => $"{Encoding.UTF8.GetString(read.Write())} {read.Version}");
        Frame("row of a task", new Row<TaskState> { Stored = new(TaskState.Absent(7), 5, 9), IsUnsure = true }, read => $"{read.Stored!.State.Id} {read.Stored.Version} {read.Stored.WriteId} {read.IsUnsure}");
        Frame("bucket", new BucketState { KeptUntil = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero) }, read => $"{read.KeptUntil:O}");
        samples.Finish();

        // As it stands in a call, and what was understood of it beside it.
        void Frame<T>(string kind, T value, Func<T, string> tell) where T : notnull => samples.Check(kind,
            JsonSerializer.Serialize(new { frame = Convert.ToBase64String(serializer.SerializeToArray(value)), says = tell(value) }),
            text =>
            {
                var frame = JsonDocument.Parse(text).RootElement.GetProperty("frame").GetString()!;
                return JsonSerializer.Serialize(new { frame, says = tell(serializer.Deserialize<T>(Convert.FromBase64String(frame))!) });
            });
    }

    static IEnumerable<MethodInfo> Members => typeof(ISchedulerClient).GetMethods().Where(member => member.Name != nameof(ISchedulerClient.ForTenant));

    static Type? ResultOf(MethodInfo member) => member.ReturnType.IsGenericType ? member.ReturnType.GetGenericArguments()[0] : null;

    static string NameOf(Type type) => type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`')]}<{NameOf(type.GetGenericArguments()[0])}>" : type.Name;

    static string Again<T>(string text) => Text(Read<T>(text));

    static string Text<T>(T value) => Encoding.UTF8.GetString(WireJson.Write(value));

    static T Read<T>(string text) => Envelope.From(Encoding.UTF8.GetBytes(text), 0).Open<T>();
}
