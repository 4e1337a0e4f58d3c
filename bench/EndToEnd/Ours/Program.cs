using Pipeline.EndToEndBench;

return Bench.Run(args, Console.Out);
