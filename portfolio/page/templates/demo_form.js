const read = () => {
  const input = new Float32Array(data.inputs), remarks = [];
  data.fields.forEach(({name, at, range: [low, high], words, coded}, i) => {
    const value = fields[i].value === "" ? NaN : Number(fields[i].value);
    if (coded) input[at] = value === words.length - 1 ? -1 : value;
    else if (words.length) input[at + value] = 1;
    else input[at] = value;
    if (value < low || value > high)
      remarks.push(`${name.replaceAll("_", " ")} is outside ${print(low)} to ${print(high)}, where the network has seen none.`);
  });
  show(input, remarks);
};
example.addEventListener("change", () => {
  data.examples[example.value].values.forEach((value, i) => { fields[i].value = value; });
});
form.addEventListener("input", event => {
  if (event.target.name === "field") example.value = "";
  read();
});
form.addEventListener("change", read);
read();
