using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Engine;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.Results.Tables;
using Pipeline.Host.Runs;
using Pipeline.Host.Tests.Results.Report;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Results.Tables;

/// <summary>The forms of a table hold the same, and Arrow holds it with types.</summary>
public class ColumnTableTests
{
    [Fact]
    public async Task WriteArrow_LeaderboardOfNumbers_HasTheTextsCellsWithTypes()
    {
        RunResult result = await ReportedSearch.RunAsync(
            TestChunks.Make(60, 50, 3), ReportedSearch.Quick with { Subsets = ["full", "top(8)", "regions(100,50;2)"] });
        LeaderboardRow failed = LeaderboardRow.Failed(result.Leaderboard.Rows[^1].Candidate, "fold 2: \"odd\", they say");
        ColumnTable table = LeaderboardTable.Of(result with { Leaderboard = result.Leaderboard with { Rows = [.. result.Leaderboard.Rows, failed] } });
        RecordBatch[] batches = SameAsText(table);
        Schema schema = batches[0].Schema;
        Assert.Equal(ArrowTypeId.Int32, schema.GetFieldByName("rank")!.DataType.TypeId);
        Assert.Equal(ArrowTypeId.Double, schema.GetFieldByName("rmsecv")!.DataType.TypeId);
        Assert.Equal(ArrowTypeId.Boolean, schema.GetFieldByName("within_one_se")!.DataType.TypeId);
        Assert.Equal(ArrowTypeId.String, schema.GetFieldByName("key")!.DataType.TypeId);
        Assert.Equal("response", schema.GetFieldByName("rmsecv")!.Metadata!["unit"]);
        Assert.False(schema.GetFieldByName("r2")!.HasMetadata);
        Assert.Equal("protein", schema.Metadata!["pipeline.response"]);
        Assert.Equal("nm", schema.Metadata!["pipeline.axis_unit"]);
        Assert.Equal(result.Prepared.Work.Key.ToString(), schema.Metadata!["pipeline.run"]);
        Assert.Equal(result.Prepared.Plan.FoldsKey.ToString(), schema.Metadata!["pipeline.folds"]);

        // The row without rank has its reason and no figures.
        int last = batches[^1].Length - 1;
        Assert.Null(((DoubleArray)batches[^1].Column("rmsecv")).GetValue(last));
        Assert.Null(((Int32Array)batches[^1].Column("rank")).GetValue(last));
        Assert.Equal(failed.Failure, ((StringArray)batches[^1].Column("failure")).GetString(last));
    }

    [Fact]
    public async Task WriteArrow_ClassesAndTestSamples_HaveTheTextsCells()
    {
        RunResult result = await ReportedSearch.RunAsync(
            ReportedSearch.Classes(48, 30, "wheat, \"soft\"", "rye", "oats"), ReportedSearch.QuickClasses, isTest: id => id[^1] == '5');
        SameAsText(LeaderboardTable.Of(result));
        RecordBatch held = SameAsText(PredictionsTable.HeldOut(result)).Single();
        Assert.Equal(ArrowTypeId.String, held.Schema.GetFieldByName("reference")!.DataType.TypeId);
        Assert.Equal(ArrowTypeId.Double, held.Schema.GetFieldByName("rank_1_p_wheat, \"soft\"")!.DataType.TypeId);
        RecordBatch test = SameAsText(PredictionsTable.Test(result)).Single();
        Assert.Equal(result.Prepared.Test!.Ids.Length, test.Length);
    }

    [Fact]
    public async Task HeldOut_PredictionsAskedForByTheStudy_AreThoseOfAsManyRows()
    {
        SpectralChunk chunk = TestChunks.Make(60, 50, 3);
        RunResult usual = await ReportedSearch.RunAsync(chunk, ReportedSearch.Quick with { Predictions = 2 });
        RunResult all = await ReportedSearch.RunAsync(chunk, ReportedSearch.Quick with { Predictions = Study.PredictionsMax });
        Assert.Equal(3 + 2, PredictionsTable.HeldOut(usual).Columns.Length);
        Assert.Equal(3 + all.Leaderboard.Rows.Count(row => row.Rank > 0), PredictionsTable.HeldOut(all).Columns.Length);
        RecordBatch batch = SameAsText(PredictionsTable.HeldOut(all)).Single();

        // The column of a rank has the predictions from which its row's error comes.
        var reference = (DoubleArray)batch.Column("reference");
        var last = (DoubleArray)batch.Column(batch.ColumnCount - 1);
        double sum = Enumerable.Range(0, batch.Length).Sum(i => Math.Pow(last.GetValue(i)!.Value - reference.GetValue(i)!.Value, 2));
        Assert.Equal(all.Leaderboard.Rows.Last(row => row.Rank > 0).Metrics.Rmse, Math.Sqrt(sum / batch.Length), 1e-12);
    }

    [Fact]
    public void WriteArrow_ManyRows_ComesInBatchesAndReadsBack()
    {
        // Every sort of cell, with and without value, over more rows than a batch has.
        const int Rows = (2 * ColumnTable.BatchRows) + 3;
        var table = new ColumnTable(
            [
                new TextColumn("text", i => i % 3 == 0 ? "" : $"a,\"{i}\"\nÄ"),
                new NumberColumn(
                    "number",
                    i => i % 5 == 0 ? double.NaN : i % 7 == 0 ? double.PositiveInfinity : Math.Sqrt(i) * (i % 2 == 0 ? 1 : -1e-300)) { Unit = "response" },
                new WholeColumn("whole", i => i % 4 == 0 ? null : i),
                new TruthColumn("truth", i => i % 2 == 0),
            ],
            Rows,
            [new("note", "ß")]);
        RecordBatch[] batches = SameAsText(table);
        Assert.Equal((int[])[ColumnTable.BatchRows, ColumnTable.BatchRows, 3], batches.Select(batch => batch.Length));
        Assert.Equal("ß", batches[0].Schema.Metadata!["note"]);
        Assert.Equal(ArrowOf(table), ArrowOf(table));
    }

    [Fact]
    public void WriteArrow_NoRow_HasTheColumns()
    {
        var table = new ColumnTable([new NumberColumn("number", i => i)], 0, []);
        using var reader = new ArrowFileReader(new MemoryStream(ArrowOf(table)));
        Assert.Null(reader.ReadNextRecordBatch());
        Assert.Equal("number", Assert.Single(reader.Schema.FieldsList).Name);
    }

    [Fact]
    public void Prepare_PredictionsLargerThanMemory_AreRefusedWithTheField()
    {
        using var shell = new CommandHarness();
        string data = shell.Write("data.csv", CommandHarness.Table(samples: 900));
        var runs = new RunService(Microsoft.Extensions.Logging.Abstractions.NullLogger<RunService>.Instance, TimeProvider.System);
        var options = Pipeline.Host.Configuration.PipelineOptions.Default with { MemoryBytes = 30 << 20 };
        var request = new SearchRequest { DataPath = data, Study = new Study { Response = "protein", Models = ["ridge(1e-3)"], Nested = 0, Permutations = 0 } };
        Assert.NotNull(runs.Prepare(request, options));

        // As many as there are candidates, however many are asked for.
        Study all = request.Study with { Predictions = Study.PredictionsMax };
        Assert.NotNull(runs.Prepare(request with { Study = all }, options));
        StageException refused = Assert.Throws<StageException>(
            () => runs.Prepare(request with { Study = all with { Models = ["pls(25)", "ridge"] } }, options));
        Assert.Equal(FailureKind.OverBudget, refused.Kind);
        Assert.Contains("'predictions'", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Reads both forms back and compares them cell by cell.</summary>
    private static RecordBatch[] SameAsText(ColumnTable table)
    {
        using var text = new MemoryStream();
        table.WriteText(text);
        text.Position = 0;
        using var reader = new StreamReader(text);
        string[][] rows = [.. ResultTable.Rows(reader)];
        RecordBatch[] batches = Batches(ArrowOf(table));
        Assert.Equal(table.RowCount, rows.Length - 1);
        Assert.Equal(table.RowCount, batches.Sum(batch => batch.Length));
        Assert.Equal(rows[0], batches[0].Schema.FieldsList.Select(field => field.Name));
        int line = 1;
        foreach (RecordBatch batch in batches)
        {
            for (int i = 0; i < batch.Length; i++, line++)
            {
                for (int j = 0; j < rows[0].Length; j++)
                {
                    Assert.True(rows[line][j] == Cell(batch.Column(j), i), $"line {line}, {rows[0][j]}: '{rows[line][j]}' and '{Cell(batch.Column(j), i)}'");
                }
            }
        }

        return batches;
    }

    private static string Cell(IArrowArray column, int row) => column switch
    {
        DoubleArray numbers => numbers.GetValue(row)?.ToString("R", CultureInfo.InvariantCulture) ?? "",
        Int32Array wholes => wholes.GetValue(row)?.ToString(CultureInfo.InvariantCulture) ?? "",
        BooleanArray truths => truths.GetValue(row) is { } truth ? (truth ? "true" : "false") : "",
        StringArray texts => texts.GetString(row) ?? "",
        _ => throw new InvalidOperationException($"No column is of {column.Data.DataType.Name}."),
    };

    private static RecordBatch[] Batches(byte[] bytes)
    {
        using var reader = new ArrowFileReader(new MemoryStream(bytes));
        var batches = new List<RecordBatch>();
        while (reader.ReadNextRecordBatch() is { } batch)
        {
            batches.Add(batch);
        }

        return [.. batches];
    }

    private static byte[] ArrowOf(ColumnTable table)
    {
        using var bytes = new MemoryStream();
        table.WriteArrow(bytes);
        return bytes.ToArray();
    }
}
