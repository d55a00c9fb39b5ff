using Orleans;

namespace Scheduler.Cluster.Wire;

/// <summary>
/// One message between processes: the same records as everywhere, as JSON. Within a process the record itself is handed over; it is written
/// where it leaves.
/// </summary>
[Immutable]
public readonly struct Envelope
{
    readonly Content content;

    Envelope(Content content, long version) => (this.content, Version) = (content, version);

    /// <summary>The stored version of its receiver that its sender has seen; 0: none. Who is behind it finds out.</summary>
    public long Version { get; }

    /// <summary>Puts a record in. The type says how it is read: a command travels as its entity's command, not as what it is.</summary>
    public static Envelope Of<T>(T value, long version = 0) => new(new Known<T>(value), version);

    /// <summary>Takes the record out.</summary>
    /// <exception cref="System.Text.Json.JsonException">It is none that this program knows: a newer one has sent it.</exception>
    public T Open<T>() => content switch
    {
        Known<T> known => known.Value,
        null => throw new InvalidOperationException("expected an envelope with something in it, got an empty one"),
        _ => WireJson.Read<T>(content.Write()),
    };

    internal byte[] Write() => content.Write();

    internal static Envelope From(byte[] json, long version) => new(new Written(json), version);

    abstract class Content
    {
        public abstract byte[] Write();
    }

    sealed class Known<T>(T value) : Content
    {
        public T Value => value;

        public override byte[] Write() => WireJson.Write(value);
    }

    sealed class Written(byte[] json) : Content
    {
        public override byte[] Write() => json;
    }
}

/// <summary>An envelope on its way.</summary>
[GenerateSerializer, Immutable, Alias("scheduler.envelope")]
public struct EnvelopeOnWire
{
    /// <summary>UTF-8.</summary>
    [Id(0)]
    public byte[] Json;

    /// <summary><see cref="Envelope.Version"/>.</summary>
    [Id(1)]
    public long Version;
}

[RegisterConverter]
sealed class EnvelopeConverter : IConverter<Envelope, EnvelopeOnWire>
{
    public Envelope ConvertFromSurrogate(in EnvelopeOnWire surrogate) => Envelope.From(surrogate.Json, surrogate.Version);

    public EnvelopeOnWire ConvertToSurrogate(in Envelope value) => new() { Json = value.Write(), Version = value.Version };
}
