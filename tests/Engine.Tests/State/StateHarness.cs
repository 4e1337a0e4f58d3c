using System.Collections.Immutable;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;

namespace Pipeline.Engine.Tests.State;

/// <summary>A state database in a temporary folder.</summary>
internal sealed class StateHarness : IDisposable
{
    /// <summary>A table of numbers beside the engine's own.</summary>
    public static readonly StateSchema Notes = new("notes", ["CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"]);

    public string Root { get; } = Directory.CreateTempSubdirectory("state").FullName;

    public string File => Path.Combine(Root, "state.db");

    public LocalStorage Storage { get; } = new();

    public StateDatabase Open(Limits? limits = null, params ImmutableArray<StateSchema> schemas) => StateDatabase.Open(
        File, schemas.IsDefaultOrEmpty ? [StateSchema.Engine, Notes] : schemas, Storage, limits ?? Limits.Default, TimeProvider.System);

    public static void Add(StateTransaction transaction, long id) =>
        transaction.Execute("INSERT INTO note VALUES ($1, $2)", id, $"note {id}");

    public static List<long> Ids(StateDatabase state) =>
        state.Read(reader => reader.Query("SELECT id FROM note ORDER BY id", row => row.Number(0)));

    public static List<string> Kinds(StateDatabase state) =>
        state.Read(reader => reader.Query("SELECT kind FROM event ORDER BY seq", row => row.Text(0)));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
