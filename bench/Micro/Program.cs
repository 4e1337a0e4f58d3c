using System.Globalization;
using System.Runtime.Intrinsics;
using Pipeline.Figures;
using Pipeline.MicroBench;

// Usage: MicroBench [--seconds S] [--sizes 16,32,…] [--only products | skinny | factors | pretreatments | networks | selectors] [--rows FILE] [--smoke].
// Prints Markdown: speed of the kernels beside the peak of the processor and beside peers, and a hash of the products, the
// same for the same arguments. --smoke: the smallest size of everything, three windows each.
bool isSmoke = args.Contains("--smoke");
double seconds = double.Parse(Argument("--seconds", isSmoke ? "0" : "0.6"), CultureInfo.InvariantCulture);
string only = Argument("--only", "");
string usual = isSmoke ? "16" : "16,32,64,128,256,512,1000,1500,2000";
int[] sizes = [.. Argument("--sizes", usual).Split(',').Select(size => int.Parse(size, CultureInfo.InvariantCulture))];
var rows = new RowFile(args);

Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, vectors of {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)} bits; OpenBLAS: {OpenBlas.Name}");
MathNet.Numerics.Control.UseSingleThread();
using var runner = new SpinningRunner();
Section("products", () =>
{
    long hash = new ProductBench(runner.AsRunner(), seconds, rows).Print(sizes);
    Console.WriteLine($"\nhash {hash:x16}");
});
Section("skinny", () => new SkinnyBench(seconds, rows).Print(
    isSmoke ? [(16, 5)] : [(64, 5), (100, 5), (128, 10), (208, 10), (250, 10), (500, 5), (500, 16), (1000, 16), (2000, 16)]));
Section("factors", () => new FactorBench(seconds, rows).Print(isSmoke ? [12] : [100, 200, 300, 500, 700, 1000]));
Section("pretreatments", () => new PretreatmentBench(seconds, rows).Print(isSmoke ? [40] : [100, 700, 2151]));
Section("networks", () => new NetworkBench(seconds, rows).Print(isSmoke ? [20] : [57, 85]));
Section("selectors", () => new SelectorBench(seconds, rows).Print(isSmoke ? [(40, 200)] : [(742, 700), (216, 100), (72, 700), (225, 2151)]));

void Section(string name, Action print)
{
    if (only.Length == 0 || only == name)
    {
        Console.WriteLine();
        print();
    }
}

string Argument(string name, string otherwise)
{
    int at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : args[at + 1];
}
