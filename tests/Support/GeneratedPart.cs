using Xunit;

namespace Pipeline.Support;

/// <summary>The part of a document that a test makes: all behind a line that says so.</summary>
/// <param name="document">The document in docs/results.</param>
/// <param name="mark">What the line says.</param>
/// <param name="command">The command that makes the part anew, PIPELINE_REWRITE=1 before it.</param>
public sealed class GeneratedPart(string document, string mark, string command)
{
    private readonly string _path = Checkout.PathOf("docs", "results", document);
    private readonly string _mark = $"<!-- {mark} -->\n";

    /// <summary>Fails where the document says otherwise; writes the part first if the environment asks for it.</summary>
    public void Require(string part)
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_REWRITE") == "1")
        {
            File.WriteAllText(_path, Split()[0] + _mark + part);
        }

        string[] stated = Split()[1].Split('\n');
        string[] found = part.Split('\n');
        string difference = string.Join(
            '\n', stated.Except(found).Select(line => $"- {line}").Concat(found.Except(stated).Select(line => $"+ {line}")));
        Assert.True(
            stated.SequenceEqual(found),
            $"docs/results/{document} is not what is found now. Make it anew: PIPELINE_REWRITE=1 {command}\n{difference}");
    }

    private string[] Split() => File.ReadAllText(_path).ReplaceLineEndings("\n").Split(_mark, 2);
}
