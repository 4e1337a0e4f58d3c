using System.Globalization;
using System.Runtime.InteropServices;
using Pipeline.ArrowBench;
using Pipeline.Figures;

// Usage: ArrowBench [--mb N] [--pairs N] [--folder PATH] [--only sum|open|write|codecs] [--rows FILE]. Prints tables: reading and writing
// beside the plainest way to touch the same bytes, in turn and in one process; and microseconds to open a batch.
int megabytes = int.Parse(Argument("--mb", "1000"), CultureInfo.InvariantCulture);
int pairs = int.Parse(Argument("--pairs", "15"), CultureInfo.InvariantCulture);
string folder = Argument("--folder", Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath());
string only = Argument("--only", "");
var rows = new RowFile(args);

Console.WriteLine(
    $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSArchitecture}, .NET {Environment.Version}, folder {folder}, {pairs} pairs");
if (only is "" or "sum")
{
    SumBench.Run(megabytes, pairs, folder, rows);
}

if (only is "" or "open")
{
    OpenBench.Run();
}

if (only is "" or "write")
{
    WriteBench.Run(pairs, folder, rows);
}

if (only is "" or "codecs")
{
    CodecBench.Run(pairs);
}

string Argument(string name, string otherwise)
{
    int at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : args[at + 1];
}
