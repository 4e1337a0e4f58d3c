using System.Diagnostics;
using System.Text.Json.Nodes;
using Pipeline.Host.Tests.Http.Intake;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Http;

/// <summary>The examples of docs/examples/push, run as a client of the laboratory runs them.</summary>
public sealed class ExamplesTests
{
    private const string Shell = "push.sh";
    private const string Python = "push.py";
    private const string Node = "push.mjs";

    [ExampleTheory(Shell)]
    [InlineData(false)]
    [InlineData(true)]
    public Task Shell_RunTwice_PushesOnce(bool hasToken) => RunTwiceAsync(Shell, hasToken);

    [ExampleTheory(Python)]
    [InlineData(false)]
    [InlineData(true)]
    public Task Python_RunTwice_PushesOnce(bool hasToken) => RunTwiceAsync(Python, hasToken);

    [ExampleTheory(Node)]
    [InlineData(false)]
    [InlineData(true)]
    public Task Node_RunTwice_PushesOnce(bool hasToken) => RunTwiceAsync(Node, hasToken);

    [ExampleTheory(Shell)]
    [InlineData("wheat", "row")]
    [InlineData("weat", "There is no dataset 'weat'")]
    public Task Shell_Refused_FailsAndSaysWhy(string dataset, string why) => RefusedAsync(Shell, dataset, why);

    [ExampleTheory(Python)]
    [InlineData("wheat", "row")]
    [InlineData("weat", "There is no dataset 'weat'")]
    public Task Python_Refused_FailsAndSaysWhy(string dataset, string why) => RefusedAsync(Python, dataset, why);

    [ExampleTheory(Node)]
    [InlineData("weat", "There is no dataset 'weat'")]
    public Task Node_Refused_FailsAndSaysWhy(string dataset, string why) => RefusedAsync(Node, dataset, why);

    /// <summary>Aim: what an example pushes has joined, and joins once. Method: it is run twice, and the dataset and the words are compared.</summary>
    private static async Task RunTwiceAsync(string script, bool hasToken)
    {
        await using World world = await World.OpenAsync(hasToken);
        byte[] body = ArrowBody.Of(BatchIntakeTests.Chunks(world.Http, 2));
        (int code, string said) = await world.RunAsync(script, "wheat", body);
        Assert.True(code == 0, said);
        Assert.Contains("\"spectra\"", said, StringComparison.Ordinal);
        JsonNode first = await world.DatasetAsync();
        Assert.True(first["samples"]!.GetValue<int>() > 0 && first["sources"]!.GetValue<int>() > 1, first.ToJsonString());

        (code, said) = await world.RunAsync(script, "wheat", body);
        Assert.True(code == 0, said);
        Assert.Contains("\"known\"", said, StringComparison.Ordinal);
        Assert.DoesNotContain("\"spectra\"", said, StringComparison.Ordinal);
        Assert.Equal(first.ToJsonString(), (await world.DatasetAsync()).ToJsonString());
    }

    /// <summary>Aim: a refusal, of the whole request or of its second batch, is seen by whoever runs the example.</summary>
    private static async Task RefusedAsync(string script, string dataset, string why)
    {
        await using World world = await World.OpenAsync(hasToken: false);
        byte[] body = ArrowBody.Of(
            BatchIntakeTests.Chunks(world.Http, 1)[0],
            ArrowBody.With(world.Http.Demo.Measured(10, 10), 3, 4, double.NaN));
        (int code, string said) = await world.RunAsync(script, dataset, body);
        Assert.NotEqual(0, code);
        Assert.Contains(why, said, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", said, StringComparison.Ordinal);
    }

    /// <summary>A daemon with a dataset of its own, and the programs that run the examples.</summary>
    private sealed class World : IAsyncDisposable
    {
        private const string Secret = "0123456789abcdef0123456789abcdef";
        private readonly string? _token;

        private World(HttpWorld http, string? token)
        {
            Http = http;
            _token = token;
        }

        public HttpWorld Http { get; }

        public static async Task<World> OpenAsync(bool hasToken)
        {
            if (!hasToken)
            {
                return new World(await BatchIntakeTests.OpenAsync(), null);
            }

            DirectoryInfo folder = Directory.CreateTempSubdirectory("pipeline-examples-");
            string token = Path.Combine(folder.FullName, "token");
            await File.WriteAllTextAsync(token, Secret + "\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            var world = new World(await BatchIntakeTests.OpenAsync(HttpWorld.Options with { TokenPath = token }), token);
            world.Http.Client.DefaultRequestHeaders.Authorization = new("Bearer", Secret);
            return world;
        }

        public async Task<JsonNode> DatasetAsync() => JsonNode.Parse(await Http.Client.GetStringAsync("/v1/datasets/wheat"))!;

        /// <summary>Runs an example against the daemon; its exit code, and all that it printed.</summary>
        public async Task<(int Code, string Said)> RunAsync(string script, string dataset, byte[] body)
        {
            string spectra = Http.PathOf("spectra.arrows");
            await File.WriteAllBytesAsync(spectra, body);
            string references = Http.Write("our references.csv", Http.Demo.References());
            string url = Http.Server.Address.ToString().TrimEnd('/');
            string[] given = script switch
            {
                Shell => [url, dataset, spectra, references],
                Python => [url, dataset, spectra],
                _ => [url, dataset, "2", "10"],
            };
            var start = new ProcessStartInfo(
                ExampleTheoryAttribute.ProgramOf(script)!, [Checkout.PathOf("docs", "examples", "push", script), .. given])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["NODE_PATH"] = ForeignPartner.Arrow.Modules;
            start.Environment.Remove("TOKEN");
            if (_token is not null)
            {
                start.Environment["TOKEN"] = _token;
            }

            using Process process = Process.Start(start)!;
            using var patience = new CancellationTokenSource(HttpWorld.Patience);
            try
            {
                Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
                string said = await process.StandardOutput.ReadToEndAsync(patience.Token) + await errors;
                await process.WaitForExitAsync(patience.Token);
                return (process.ExitCode, said);
            }
            finally
            {
                process.Kill(entireProcessTree: true);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Http.DisposeAsync();
            if (_token is not null)
            {
                Directory.Delete(Path.GetDirectoryName(_token)!, recursive: true);
            }
        }
    }

    /// <summary>A theory over an example, where the programs that it needs are installed.</summary>
    private sealed class ExampleTheoryAttribute : TheoryAttribute
    {
        public ExampleTheoryAttribute(string script)
        {
            if (ProgramOf(script) is null || (script == Shell && ForeignPartner.OnPath("curl") is null))
            {
                Skip = $"skipped: a program that {script} needs is not installed";
            }
            else if (script == Node)
            {
                Skip = ForeignPartner.Arrow.SkipReason;
            }
        }

        public static string? ProgramOf(string script) => ForeignPartner.OnPath(script switch
        {
            Shell => "sh",
            Python => "python3",
            _ => "node",
        });
    }
}
