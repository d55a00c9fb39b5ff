using System.Text.Json;

namespace Scheduler.Tests;

/// <summary>A decider's test: given a state, when a command comes, then. A chain goes on from what was decided.</summary>
sealed record Given<TState, TCommand, TEffect>(TState State, Func<TState, TCommand, Decision<TState, TEffect>> Decide) where TState : class
{
    public Outcome<TState, TCommand, TEffect> When(TCommand command) => new(this, Decide(State, command));
}

sealed record Outcome<TState, TCommand, TEffect>(Given<TState, TCommand, TEffect> Before, Decision<TState, TEffect> Decision) where TState : class
{
    public TState State => Decision.State;

    /// <summary>The state has become this one, and these effects follow.</summary>
    public Outcome<TState, TCommand, TEffect> Then(TState expected, params TEffect[] effects) => Became(expected, lazy: false, effects);

    /// <summary>As <see cref="Then"/>, and the write may wait.</summary>
    public Outcome<TState, TCommand, TEffect> ThenLazily(TState expected, params TEffect[] effects) => Became(expected, lazy: true, effects);

    /// <summary>Nothing has changed, for this reason; all the same these effects follow.</summary>
    public Outcome<TState, TCommand, TEffect> ThenIgnored(string reason, params TEffect[] effects)
    {
        Assert.Equal((reason, null), (Decision.IgnoredBecause, Decision.Refused));
        Assert.Same(Before.State, State);
        Assert.Equal(Text(effects), Text(Decision.Effects));
        return this;
    }

    /// <summary>Nothing has changed, and whoever asked is told why; all the same these effects follow.</summary>
    public Outcome<TState, TCommand, TEffect> ThenRefused(SchedulerErrorKind kind, string message, params TEffect[] effects)
    {
        Assert.Equal(new(kind, message), Decision.Refused);
        Assert.Same(Before.State, State);
        Assert.Equal(Text(effects), Text(Decision.Effects));
        return this;
    }

    public Outcome<TState, TCommand, TEffect> When(TCommand command) => (Before with { State = State }).When(command);

    Outcome<TState, TCommand, TEffect> Became(TState expected, bool lazy, TEffect[] effects)
    {
        Assert.Equal((null, null), (Decision.IgnoredBecause, Decision.Refused));
        Assert.Equal(Text([expected]), Text([State]));
        Assert.Equal(Text(effects), Text(Decision.Effects));
        Assert.Equal(lazy, Decision.Lazy);
        return this;
    }

    // Records with arrays or JSON in them are not equal by value; their text is, and shows where it differs.
    static string Text<T>(IEnumerable<T> values) => string.Join("\n", values.Select(value => value!.GetType().Name + JsonSerializer.Serialize<object>(value, Readable)));

    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };
}

/// <summary>Every command of an entity, made by reflection, so that a new one is walked without being asked for.</summary>
static class Commands
{
    /// <summary>All commands that are nested in <typeparamref name="TCommand"/>, with each mix of the values that <paramref name="samples"/> has for their parameters.</summary>
    public static IReadOnlyList<TCommand> All<TCommand>(Func<Type, string, object?[]> samples) =>
        [.. typeof(TCommand).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(TCommand))).SelectMany(type =>
        {
            var constructor = type.GetConstructors().Single();
            return constructor.GetParameters().Aggregate<System.Reflection.ParameterInfo, IEnumerable<object?[]>>([[]],
                (mixes, parameter) => mixes.SelectMany(mix => samples(parameter.ParameterType, parameter.Name!).Select(value => (object?[])[.. mix, value])))
                .Select(mix => (TCommand)constructor.Invoke(mix));
        })];

    /// <summary>A long life with random commands, the same for the same seed; time goes on by up to 20 seconds between them.</summary>
    public static void Live<TState, TCommand>(int seed, TState state, DateTimeOffset now, IReadOnlyList<TCommand> commands, Func<TCommand, DateTimeOffset, TCommand> at, Func<TState, TCommand, TState> next)
    {
        var random = new Random(seed);
        for (var step = 0; step < 100; step++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(20_000));
            state = next(state, at(commands[random.Next(commands.Count)], now));
        }
    }
}
