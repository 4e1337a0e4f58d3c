using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Host.Prediction;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Prediction;

public sealed class ModelFolderTests : IAsyncLifetime, IDisposable
{
    private static readonly string[] Names = ["model.json", "arrays.arrow", "checksum.txt"];

    private readonly CommandHarness _shell = new();

    private string Folder => _shell.PathOf("out/model");

    public async Task InitializeAsync()
    {
        string data = _shell.Write("data.csv", CommandHarness.Table());
        string study = _shell.Write("study.json", """{ "pretreatments": ["msc + autoscale"], "models": ["ridge(1e-3)"], "subsets": ["top(10)"] }""");
        await _shell.RunAsync("search", data, "-r", "protein", "--study", study, "--out", _shell.PathOf("out"));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Load_SavedAgain_IsTheSameBytes()
    {
        SavedModel model = ModelFolder.Load(Folder);
        ModelFolder.Save(model, _shell.PathOf("copy"));
        foreach (string name in Names)
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, name)), File.ReadAllBytes(Path.Combine(_shell.PathOf("copy"), name)));
        }

        foreach ((NamedArray first, NamedArray second) in model.Arrays.Zip(ModelFolder.Load(_shell.PathOf("copy")).Arrays))
        {
            Assert.Equal(first.Name, second.Name);
            Tolerance.AssertSameBits(first.Values.Values, second.Values.Values, first.Name);
        }
    }

    [Fact]
    public void Save_OverAnotherModel_LeavesNothingElseBehind()
    {
        SavedModel model = ModelFolder.Load(Folder);
        ModelFolder.Save(model, Folder);
        Assert.Equal(["model"], Directory.GetDirectories(_shell.PathOf("out")).Select(path => Path.GetFileName(path)!));
        Assert.Equal(3, Directory.GetFiles(Folder).Length);
    }

    [Fact]
    public void Save_OverAFolderThatIsNoModel_IsRefusedAndTouchesNothing()
    {
        SavedModel model = ModelFolder.Load(Folder);
        string notes = _shell.PathOf("notes");
        Directory.CreateDirectory(notes);
        File.WriteAllText(Path.Combine(notes, "thesis.txt"), "years of work");
        StageException refused = Assert.Throws<StageException>(() => ModelFolder.Save(model, notes));
        Assert.Equal(FailureKind.Storage, refused.Kind);
        Assert.Contains("is not a saved model; choose another --out", refused.Message, StringComparison.Ordinal);
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(notes, "thesis.txt")));
        Assert.Single(Directory.GetFileSystemEntries(notes));
    }

    [Fact]
    public void Save_IntoAnEmptyFolder_IsDone()
    {
        SavedModel model = ModelFolder.Load(Folder);
        Directory.CreateDirectory(_shell.PathOf("empty"));
        ModelFolder.Save(model, _shell.PathOf("empty"));
        Assert.Equal(3, Directory.GetFiles(_shell.PathOf("empty")).Length);
    }

    [Fact]
    public void Save_LeftoversOfACrash_AreRemovedAndNothingElse()
    {
        SavedModel model = ModelFolder.Load(Folder);
        string[] leftovers = [$".model.{Guid.NewGuid():N}.tmp", $".model.{Guid.NewGuid():N}.old"];
        string[] others = [".model.mine.old", $".other.{Guid.NewGuid():N}.old"];
        foreach (string name in leftovers.Concat(others))
        {
            Directory.CreateDirectory(_shell.PathOf($"out/{name}"));
        }

        ModelFolder.Save(model, Folder);
        Assert.All(leftovers, name => Assert.False(Directory.Exists(_shell.PathOf($"out/{name}"))));
        Assert.All(others, name => Assert.True(Directory.Exists(_shell.PathOf($"out/{name}"))));
    }

    [Theory]
    [InlineData("model.json")]
    [InlineData("arrays.arrow")]
    [InlineData("checksum.txt")]
    public void Load_ABitIsFlipped_IsRefused(string name)
    {
        string path = Path.Combine(Folder, name);
        byte[] bytes = File.ReadAllBytes(path);
        int step = Math.Max(1, bytes.Length / 200);
        for (int i = 0; i < bytes.Length; i += step)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(path, damaged);
            Assert.Contains("damaged", Assert.Throws<StageException>(() => ModelFolder.Load(Folder)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("model.json")]
    [InlineData("arrays.arrow")]
    [InlineData("checksum.txt")]
    public void Load_AFileIsCutOrMissing_IsRefused(string name)
    {
        string path = Path.Combine(Folder, name);
        byte[] bytes = File.ReadAllBytes(path);
        foreach (int length in new[] { 0, 1, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Throws<StageException>(() => ModelFolder.Load(Folder));
        }

        File.Delete(path);
        Assert.Contains(name, Assert.Throws<StageException>(() => ModelFolder.Load(Folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.json")]
    [InlineData("arrays.arrow")]
    public void Load_DamageWithFittingChecksums_IsRefusedOrHarmless(string name)
    {
        // Somebody has made the checksums anew: then every error must still be one for people.
        string path = Path.Combine(Folder, name);
        byte[] bytes = File.ReadAllBytes(path);
        int step = Math.Max(1, bytes.Length / 1000);
        int refused = 0;
        for (int i = 0; i < bytes.Length; i += step)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(path, damaged);
            Sign();
            try
            {
                ModelFolder.Load(Folder);
            }
            catch (StageException)
            {
                refused++;
            }
        }

        Assert.True(refused > 0);
        foreach (int length in new[] { 0, 1, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(path, bytes[..length]);
            Sign();
            Assert.Throws<StageException>(() => ModelFolder.Load(Folder));
        }
    }

    [Fact]
    public void Load_NewerFormat_IsRefusedWithTheRemedy()
    {
        string path = Path.Combine(Folder, "model.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"formatVersion\": 1", "\"formatVersion\": 3", StringComparison.Ordinal));
        Sign();
        Assert.Contains("Use a newer program", Assert.Throws<StageException>(() => ModelFolder.Load(Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NewerFormatWithMoreFiles_IsNewerAndNotDamaged()
    {
        string path = Path.Combine(Folder, "model.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"formatVersion\": 1", "\"formatVersion\": 3", StringComparison.Ordinal));
        Sign();
        File.AppendAllText(Path.Combine(Folder, "checksum.txt"), $"{Fingerprint.OfBytes([1])}  more.arrow\n");
        Assert.Contains("Use a newer program", Assert.Throws<StageException>(() => ModelFolder.Load(Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ChecksumWithOtherLineEnds_IsRead()
    {
        string path = Path.Combine(Folder, "checksum.txt");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\n", "\r\n", StringComparison.Ordinal));
        Assert.Equal("protein", ModelFolder.Load(Folder).Description.Response);
    }

    [Fact]
    public void Load_NullAmongTheArrays_IsDamaged()
    {
        string path = Path.Combine(Folder, "model.json");
        string text = File.ReadAllText(path);
        Assert.Contains("\"arrays\": [", text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace("\"arrays\": [", "\"arrays\": [ null,", StringComparison.Ordinal));
        Sign();
        Assert.Contains("damaged", Assert.Throws<StageException>(() => ModelFolder.Load(Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoModelFolder_SaysWhereOneIs() =>
        Assert.Contains("pipeline search", Assert.Throws<StageException>(() => ModelFolder.Load(_shell.Folder)).Message, StringComparison.Ordinal);

    private void Sign()
    {
        var text = new StringBuilder();
        foreach (string name in Names[..2])
        {
            text.Append(Fingerprint.OfBytes(File.ReadAllBytes(Path.Combine(Folder, name)))).Append("  ").Append(name).Append('\n');
        }

        File.WriteAllText(Path.Combine(Folder, "checksum.txt"), text.ToString());
    }
}
